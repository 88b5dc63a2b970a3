#include "app/play/player.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::play {
namespace {

constexpr std::string_view kHead = R"({"batch":[)";
constexpr std::string_view kTail = "]}";
// What may wait for a free connection; past it, events are lost.
constexpr std::size_t kWaitingMax = std::size_t{128} << 20;
// Events that are made before answers are looked at again.
constexpr int kEventsAtOnce = 2048;
// Waking for less is not worth it.
constexpr auto kLeastSleep = std::chrono::microseconds(200);
constexpr Duration kFirstPause{50};
constexpr std::uint32_t kMostDoublings = 6;  // 3.2 s

std::uint64_t nanoseconds(Clock::duration span) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::nanoseconds>(span).count()));
}

bool may_be_taken_later(int status) {
  return status < 400 || status >= 500 || status == 408 || status == 429;
}

Time wall_clock() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

}  // namespace

Player::Player(const PlayOptions& options, const MakeChannel& make_channel)
    : options_(options), generator_(options.shop) {
  for (std::size_t i = 0; i < options_.connections; ++i) {
    ways_.push_back({make_channel(loop_), nullptr});
    free_.push_back(i);
  }
}

Clock::time_point Player::due_of(std::uint64_t event) const {
  return start_ + std::chrono::duration_cast<Clock::duration>(
                      std::chrono::duration<double>(static_cast<double>(event) / options_.rate));
}

void Player::run(const std::function<bool()>& interrupted, const std::function<void()>& look_on) {
  start_ = Clock::now();
  wall_start_ = wall_clock();
  wake();
  loop_.run([&] {
    look_on();
    if (interrupted()) made_all_ = true;
    const auto now = Clock::now();
    if (!made_all_) totals_.sending = now - start_;
    return all_done() || (made_all_ && now - start_ > totals_.sending + options_.patience);
  });
  totals_.lost = totals_.events - totals_.acknowledged - totals_.refused;
}

void Player::wake() {
  make_events(Clock::now());
  send_waiting();
  wake_later();
}

void Player::make_events(Clock::time_point now) {
  for (int made = 0; !made_all_ && made < kEventsAtOnce && due_of(totals_.events) <= now; ++made) {
    const bool over = options_.duration && due_of(totals_.events) - start_ >= *options_.duration;
    if (over || (options_.events && totals_.events >= *options_.events) || !make_event()) {
      made_all_ = true;
      totals_.sending = now - start_;
    }
  }
  if (open_ && (made_all_ || now - open_since_ >= options_.linger)) seal(now);
}

// False if the simulated time is over.
bool Player::make_event() {
  const auto due = due_of(totals_.events);
  generator_.set_clock(wall_start_ + std::chrono::floor<Duration>(due - start_));
  const auto line = generator_.next();
  if (!line) return false;
  ++totals_.events;
  const bool damaged = line->malformed || line->oversized;
  // What breaks its batch travels alone.
  if (open_ && (damaged || open_->body.size() + line->bytes.size() > options_.body_max)) seal(due);
  if (!open_) {
    open_ = std::make_unique<Parcel>();
    open_->body.reserve(options_.batch * 1024);
    open_->body = kHead;
    open_since_ = due;
  } else {
    open_->body += ',';
  }
  open_->body += line->bytes;
  open_->damaged = damaged;
  if (++open_->events == options_.batch || damaged) seal(due);
  return true;
}

void Player::seal(Clock::time_point due) {
  open_->body += kTail;
  open_->due = due;
  totals_.bytes += open_->body.size();
  waiting_bytes_ += open_->body.size();
  waiting_.push_back(std::move(open_));
  if (waiting_bytes_ <= kWaitingMax || waiting_.empty()) return;
  // Open-loop, and yet bounded: what has waited longest would tell the least.
  waiting_bytes_ -= waiting_.front()->body.size();
  waiting_.pop_front();
  totals_.trouble = "the server is too slow for this rate";
}

void Player::send_waiting() {
  for (const auto now = Clock::now(); !later_.empty() && later_.begin()->first <= now;) {
    waiting_.push_back(std::move(later_.begin()->second));
    later_.erase(later_.begin());
  }
  while (!free_.empty() && !waiting_.empty()) {
    ParcelPtr parcel = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= parcel->body.size();
    const std::size_t way = free_.back();
    free_.pop_back();
    send(way, std::move(parcel));
  }
}

void Player::send(std::size_t way, ParcelPtr parcel) {
  ++totals_.requests;
  if (parcel->tries++ == 0)
    totals_.waited.record(nanoseconds(Clock::now() - parcel->due));
  else
    ++totals_.retries;
  ways_[way].parcel = std::move(parcel);
  ways_[way].channel->send(*ways_[way].parcel,
                           [this, way](const Outcome& outcome) { answered(way, outcome); });
}

void Player::answered(std::size_t way, const Outcome& outcome) {
  ParcelPtr parcel = std::move(ways_[way].parcel);
  free_.push_back(way);
  ++totals_.statuses[outcome.status];
  if (outcome.status >= 200 && outcome.status < 300) {
    totals_.acknowledged += parcel->events - outcome.refused;
    totals_.refused += outcome.refused;
    if (outcome.refused > 0 && !parcel->damaged) totals_.trouble = outcome.trouble;
    totals_.latency.record(nanoseconds(Clock::now() - parcel->due));
  } else {
    if (!parcel->damaged)
      totals_.trouble = outcome.status == 0 ? outcome.trouble
                                            : fmt::format("{} {}", outcome.status, outcome.trouble);
    if (may_be_taken_later(outcome.status))
      try_again(std::move(parcel), outcome.retry_after);
    else
      totals_.refused += parcel->events;
  }
  send_waiting();
  if (all_done()) loop_.stop();
}

void Player::try_again(ParcelPtr parcel, Duration retry_after) {
  const Duration pause = retry_after > Duration(0)
                             ? retry_after
                             : kFirstPause * (1 << std::min(parcel->tries, kMostDoublings));
  const auto when = Clock::now() + pause;
  waiting_bytes_ += parcel->body.size();
  later_.emplace(when, std::move(parcel));
  loop_.at(when, [this] { send_waiting(); });
}

bool Player::all_done() const {
  return made_all_ && !open_ && waiting_.empty() && later_.empty() && free_.size() == ways_.size();
}

// When the open parcel will be full, or has lingered long enough.
void Player::wake_later() {
  if (made_all_) return;
  const std::uint64_t missing = options_.batch - (open_ ? open_->events : 0);
  auto when = due_of(totals_.events + missing - 1);
  when = std::min(when, (open_ ? open_since_ : due_of(totals_.events)) + options_.linger);
  loop_.at(std::max(when, Clock::now() + kLeastSleep), [this] { wake(); });
}

}  // namespace millrace::play
