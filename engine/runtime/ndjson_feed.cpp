#include "engine/event/hit.hpp"
#include "engine/runtime/feeds.hpp"

#include <cstring>

namespace millrace {
namespace {

constexpr std::size_t kReadSize = 256 << 10;

std::vector<JsonField> time_fields() {
  std::vector<JsonField> fields;
  for (const char* key : {"receivedAt", "sentAt", "timestamp", "originalTimestamp"})
    fields.push_back({{{key, -1}}, JsonRead::kTime});
  return fields;
}

}  // namespace

NdjsonFeed::NdjsonFeed(ReadBytes read, EventClock clock, Position first, std::uint64_t lines_done)
    : read_(std::move(read)),
      clock_(clock),
      position_(first),
      skip_(lines_done),
      times_(time_fields(), {}) {}

Status NdjsonFeed::refill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kReadSize);
  const Result<std::size_t> size = read_(buffer_.data() + kept, kReadSize);
  if (!size) return size.error();
  buffer_.resize(kept + *size);
  bytes_ += *size;
  ended_ = *size == 0;
  return {};
}

// False when the buffer has no whole line; the line lives until the next refill.
bool NdjsonFeed::take_line(std::string_view& line) {
  const std::string_view left = std::string_view(buffer_).substr(at_);
  auto end = left.find('\n');
  if (end == std::string_view::npos && ended_ && !left.empty()) end = left.size();
  if (end == std::string_view::npos) {
    if (left.size() <= kLineMax) return false;
    // Its beginning goes out as a line that no parser takes, the rest is passed over.
    line = cutting_ ? std::string_view() : left;
    at_ = buffer_.size();
    const bool first_part = !cutting_;
    cutting_ = true;
    return first_part ? true : take_line(line);
  }
  line = left.substr(0, end);
  at_ += std::min(end + 1, left.size());
  if (cutting_) {
    cutting_ = false;
    return take_line(line);
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

Time NdjsonFeed::time_of(std::string_view line) {
  arena_.clear();
  if (!times_.read(line, arena_)) return clock_.receive(std::nullopt);
  for (const Value& value : times_.top().values)
    if (value.is(ValueKind::kTime)) return clock_.receive(value.time());
  return clock_.receive(std::nullopt);
}

// Whether the line that was taken is one, and not one of those that a checkpoint has already.
bool NdjsonFeed::wants(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return false;
  if (skip_ == 0) return true;
  --skip_;
  ++lines_;
  return false;
}

void NdjsonFeed::Filling::add(RecordKind kind, Time time) {
  batch.records.push_back({of.position_++, time, {}, kind});
}

void NdjsonFeed::Filling::add_pending() {
  const std::size_t from = bytes->size();
  encode_hit({.received = of.pending_time_, .body = of.pending_}, *bytes);
  places.push_back({batch.records.size(), from, bytes->size() - from});
  add(RecordKind::kHit, of.pending_time_);
  of.has_pending_ = false;
  ++of.lines_;
}

// The line waits for the marks that come before it.
void NdjsonFeed::Filling::add_marks(std::string_view line) {
  of.pending_.assign(line);
  of.pending_time_ = of.time_of(line);
  of.has_pending_ = true;
  const EventClock::Marks marks = of.clock_.marks(of.pending_time_);
  of.pending_epoch_ = marks.epoch;
  if (marks.tick) add(RecordKind::kTick, *marks.tick);
}

void NdjsonFeed::Filling::add_last_tick() {
  const auto tick = of.last_tick_done_ ? std::nullopt : of.clock_.last_tick();
  of.last_tick_done_ = true;
  if (tick) add(RecordKind::kTick, *tick);
}

void NdjsonFeed::Filling::finish() {
  bytes->append(kPayloadPadding, '\0');
  for (const Place& place : places)
    batch.records[place.record].payload = std::string_view(*bytes).substr(place.from, place.size);
  batch.bytes.push_back(std::move(bytes));
}

Status NdjsonFeed::next(FeedBatch& batch, std::size_t records_max) {
  batch.clear();
  Filling filling{*this, batch};
  std::string_view line;
  while (batch.records.size() < records_max && filling.bytes->size() < kBatchBytes) {
    if (pending_epoch_) {
      // An epoch is a batch of its own.
      if (!batch.records.empty()) break;
      filling.add(RecordKind::kEpoch, *pending_epoch_);
      pending_epoch_.reset();
      break;
    }
    if (has_pending_) {
      filling.add_pending();
    } else if (take_line(line)) {
      if (wants(line)) filling.add_marks(line);
    } else if (!ended_) {
      if (Status read = refill(); !read) return read;
    } else {
      filling.add_last_tick();
      break;
    }
  }
  filling.finish();
  return {};
}

}  // namespace millrace
