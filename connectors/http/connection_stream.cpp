// A connection whose answer has no end, and one that leaves for another protocol.
#include "connectors/http/connection.hpp"
#include "connectors/http/seat.hpp"
#include "connectors/http/upgrade.hpp"

#include <utility>

namespace millrace::http {

bool Connection::begin_stream(std::uint64_t number,
                              Response head,
                              std::shared_ptr<ConnectionStream> stream) {
  if (number != number_ || state_ != State::kHandling) return false;
  if (route_ != nullptr && server_.gate.finish)
    server_.gate.finish(message_->request, *route_, head);
  append_stream_head(out_, head, form(false));
  server_.metrics.answered(route_, head.status, Clock::now() - begun_);
  due_ = Clock::time_point::max();
  const bool has_body = message_->admitted.method != Method::kHead;
  state_ = has_body ? State::kStreaming : State::kClosing;
  if (has_body) stream_ = std::move(stream);
  flush();
  read_on();
  return has_body;
}

// Again when what is being written is through.
void Connection::write_stream(ConnectionStream& stream) {
  if (stream_.get() != &stream || state_ != State::kStreaming || !writing_.empty()) return;
  const ConnectionStream::Waiting waiting = stream.take();
  stream_bytes_ = waiting.bytes.size();
  if (message_->head.version == 10)
    out_.append(waiting.bytes);
  else
    append_chunk(out_, waiting.bytes);
  if (waiting.last) end_stream();
  flush();
}

void Connection::end_stream() {
  if (message_->head.version != 10) out_.append(kLastChunk);
  state_ = State::kClosing;
  if (out_.empty() && writing_.empty()) linger();
}

void Connection::begin_upgrade() {
  if (!message_->admitted.wants_websocket) {
    Response response = refusal(426, "upgrade_required", "this path speaks the WebSocket protocol");
    response.headers.emplace_back("Upgrade", "websocket");
    return refuse_early(std::move(response));
  }
  state_ = State::kUpgrading;
  if (writing_.empty() && out_.empty()) upgrade();
}

void Connection::upgrade() {
  server_.metrics.answered(route_, 101, Clock::now() - begun_);
  state_ = State::kClosed;
  const auto self = std::move(self_);
  thread_.remove(*this);
  route_->upgrade(message_->request,
                  Upgraded{.transport = std::move(transport_),
                           .bytes = std::string(view_of(message_->input)),
                           .seat = std::make_unique<ThreadSeat>(thread_, std::move(lease_)),
                           .mailbox = thread_.mailbox()});
}

}  // namespace millrace::http
