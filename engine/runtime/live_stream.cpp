#include "engine/runtime/live_stream.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

LiveOutput live(const OutputRecord& output, const Catalog& catalog) {
  static constexpr std::string_view kKinds[] = {"enter", "exit", "effect"};
  LiveOutput made;
  made.position = output.order.position;
  made.kind = kKinds[static_cast<std::size_t>(output.kind)];
  made.profile = output.profile;
  if (output.kind != OutputKind::kEffect) made.segment = catalog.segments()[output.segment];
  JsonWriter json(made.json);
  write_output(output, catalog, json);
  return made;
}

LiveOutput live(const Reject& reject) {
  LiveOutput made;
  made.position = reject.position;
  made.kind = "reject";
  JsonWriter json(made.json);
  write_reject(reject, json);
  return made;
}

std::size_t bytes_of(const LiveOutput& output) {
  return sizeof output + output.json.size() + output.segment.size();
}

}  // namespace

class LiveStream::Listens final : public Subscription {
 public:
  Listens(LiveStream& stream, std::list<Listener>::iterator listener)
      : stream_(stream), listener_(listener) {}
  ~Listens() override {
    const std::lock_guard lock(stream_.mutex_);
    stream_.listeners_.erase(listener_);
  }

 private:
  LiveStream& stream_;
  std::list<Listener>::iterator listener_;
};

void LiveStream::begin(Position position) {
  const std::lock_guard lock(mutex_);
  if (recent_.empty()) first_ = position;
}

void LiveStream::add(const Completed& completed, const Catalog& catalog) {
  const std::lock_guard lock(mutex_);
  auto reject = completed.rejects.begin();
  const auto tell_rejects = [&](Position before) {
    for (; reject != completed.rejects.end() && reject->position < before; ++reject)
      if (reject->position >= next_) tell(std::make_shared<LiveOutput>(live(*reject)));
  };
  for (const OutputRecord& output : completed.outputs) {
    tell_rejects(output.order.position);
    if (output.order.position >= next_) tell(std::make_shared<LiveOutput>(live(output, catalog)));
  }
  tell_rejects(kNoPosition);
  next_ = std::max(next_, completed.end);
}

void LiveStream::tell(OutputRef output) {
  for (Listener& listener : listeners_) {
    if (output->position < listener.from) continue;
    if (listener.caught_up) {
      listener.listen(*output);
    } else {
      listener.behind.push_back(output);
    }
  }
  bytes_ += bytes_of(*output);
  recent_.push_back(std::move(output));
  while (recent_.size() > bounds_.outputs || bytes_ > bounds_.bytes) forget_oldest();
}

// A position goes as a whole.
void LiveStream::forget_oldest() {
  first_ = recent_.front()->position + 1;
  while (!recent_.empty() && recent_.front()->position < first_) {
    bytes_ -= bytes_of(*recent_.front());
    recent_.pop_front();
  }
}

Queries::Listening LiveStream::listen(Position from, Queries::Listen listen) {
  Queries::Listening made;
  std::unique_lock lock(mutex_);
  if (from < first_) made.missed = first_;
  const auto listener = listeners_.insert(listeners_.end(), {from, std::move(listen), false, {}});
  made.subscription = std::make_unique<Listens>(*this, listener);
  for (const OutputRef& output : recent_)
    if (output->position >= from) listener->behind.push_back(output);
  while (!listener->behind.empty()) {
    const std::deque<OutputRef> behind = std::exchange(listener->behind, {});
    lock.unlock();
    for (const OutputRef& output : behind) listener->listen(*output);
    lock.lock();
  }
  listener->caught_up = true;
  return made;
}

}  // namespace millrace
