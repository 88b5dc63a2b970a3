#include "connectors/http/reply.hpp"

#include "connectors/http/connection.hpp"
#include "engine/base/check.hpp"

#include <utility>

namespace millrace::http {

ConnectionReply::~ConnectionReply() {
  if (!called_) send(refusal(500, "no_answer", "the server forgot to answer"));
}

void ConnectionReply::send(Response response) {
  CHECK(!called_.exchange(true));
  // On the connection's own thread, as most handlers answer, it is only a call.
  if (return_.mailbox->here()) {
    if (const auto connection = return_.connection.lock())
      connection->answer(return_.number, std::move(response));
    return;
  }
  return_.mailbox->post([to = return_, response = std::move(response)]() mutable {
    if (const auto connection = to.connection.lock())
      connection->answer(to.number, std::move(response));
  });
}

std::shared_ptr<Stream> ConnectionReply::stream(Response head, std::function<void()> closed) {
  CHECK(!called_.exchange(true));
  auto stream = std::make_shared<ConnectionStream>(return_, stream_waiting_max_, std::move(closed));
  const bool posted =
      return_.mailbox->post([to = return_, stream, head = std::move(head)]() mutable {
        const auto connection = to.connection.lock();
        if (connection == nullptr || !connection->begin_stream(to.number, std::move(head), stream))
          stream->gone();
      });
  if (!posted) stream->gone();
  return stream;
}

bool ConnectionStream::write(std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (gone_ || closing_ || bytes.size() > waiting_max_ - std::min(held_, waiting_max_))
    return false;
  held_ += bytes.size();
  if (waiting_.empty())
    waiting_ = std::move(bytes);
  else
    waiting_ += bytes;
  wake();
  return true;
}

void ConnectionStream::close(std::string last) {
  const std::lock_guard lock(mutex_);
  if (gone_ || closing_) return;
  waiting_ += last;
  closing_ = true;
  wake();
}

void ConnectionStream::wake() {
  if (std::exchange(woken_, true)) return;
  return_.mailbox->post([self = shared_from_this()] {
    if (const auto connection = self->return_.connection.lock()) connection->write_stream(*self);
  });
}

ConnectionStream::Waiting ConnectionStream::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  return {.bytes = std::exchange(waiting_, {}), .last = closing_};
}

void ConnectionStream::taken_by_reader(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  held_ -= std::min(held_, bytes);
}

void ConnectionStream::gone() {
  std::function<void()> closed;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(gone_, true)) return;
    closed = std::move(closed_);
    waiting_.clear();
  }
  if (closed) closed();
}

}  // namespace millrace::http
