#include "engine/runtime/journal_intake.hpp"

#include "engine/base/this_thread.hpp"

#include <concurrentqueue/concurrentqueue.h>

#include <algorithm>
#include <utility>

namespace millrace {

struct JournalIntake::Queue {
  moodycamel::ConcurrentQueue<Offer> offers;  // in order for each thread that offers
};

JournalIntake::JournalIntake(Journal& journal, Time newest, IntakeOptions options)
    : journal_(journal),
      options_(std::move(options)),
      clock_(options_.clock(), newest),
      marks_(options_.tick, options_.epoch),
      tick_(options_.tick),
      now_(newest),
      newest_(newest),
      queue_(std::make_unique<Queue>()) {
  marks_.saw_tick(newest);
  marks_.saw_epoch(newest);
  if (options_.metrics == nullptr) return;
  Metrics& metrics = *options_.metrics;
  commit_seconds_ = metrics.histogram(
      "journal_commit", "How long a group took to be as durable as `ack` asks.", Unit::kSeconds);
  group_hits_ =
      metrics.histogram("journal_group", "Hits that were committed at once.", Unit::kItems);
  hits_ = metrics.counter("intake_hits", "Hits that were journaled.");
  refused_ = metrics.counter("intake_refused", "Hits that were not taken, for want of room.");
  failed_ = metrics.counter("intake_failed", "Hits that could not be journaled.");
  queue_gauge_ = metrics.gauge("intake_queue_bytes", "Of hits that wait to be journaled.");
}

JournalIntake::~JournalIntake() {
  close();
  thread_.request_stop();
  look();
  if (thread_.joinable()) thread_.join();
  // Who offered in time is told; whoever holds room is about to put in what it is for.
  while (queued_bytes() > 0) {
    gather();
    for (const Offer& offer : std::exchange(taken_, {})) {
      if (offer.answer) offer.answer(Error{"the engine stopped", Fault::kBusy});
      queued_.fetch_sub(offer.cost());
    }
  }
}

bool JournalIntake::offer(std::string payload, Time received, Answer answer) {
  Offer offer{std::move(payload), received, std::move(answer)};
  const std::uint64_t cost = offer.cost();
  std::uint64_t queued = queued_.load();
  do {
    const bool full = queued > 0 && queued + cost > options_.queue_bytes;
    if ((queued & kClosed) != 0 || full) {
      refused_.add();
      return false;
    }
  } while (!queued_.compare_exchange_weak(queued, queued + cost));
  queue_->offers.enqueue(std::move(offer));
  // The thread says that it is asleep and then looks at queued_; we write queued_ and then look
  // whether it is. So one of us sees the other.
  if (asleep_.load()) wake();
  return true;
}

void JournalIntake::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("journal");
    work(stop);
  });
}

void JournalIntake::stop() {
  close();
  look();
  if (thread_.joinable()) thread_.join();
}

void JournalIntake::close() { queued_.fetch_or(kClosed); }

void JournalIntake::look() { wake(); }

void JournalIntake::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void JournalIntake::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (turn()) continue;
    if (queued_.load() == kClosed) return;
    rest(stop);
  }
}

// Until somebody offers, looks or stops, or the next tick is due.
void JournalIntake::rest(const std::stop_token& stop) {
  constexpr Duration kLongest = std::chrono::seconds(1);
  const Duration since_tick(to_millis(now_) % tick_.count());
  const Duration pause = std::min(tick_ - since_tick, kLongest);
  asleep_.store(true);
  {
    std::unique_lock lock(mutex_);
    if ((queued_.load() & ~kClosed) == 0)
      wake_.wait_for(lock, stop, pause, [this] { return woken_; });
    woken_ = false;
  }
  if (queued_bytes() > 0) std::this_thread::yield();  // an offer is on its way into the queue
  asleep_.store(false);
}

// Moves what waits to taken_, about a group of it. How many hits make the group.
std::size_t JournalIntake::gather() {
  constexpr std::size_t kAtOnce = 256;
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (true) {
    if (count == taken_.size()) {
      const std::size_t before = taken_.size();
      taken_.resize(before + kAtOnce);
      const std::size_t got = queue_->offers.try_dequeue_bulk(
          taken_.begin() + static_cast<std::ptrdiff_t>(before), kAtOnce);
      taken_.resize(before + got);
      if (got == 0) return count;
    }
    bytes += taken_[count].payload.size();
    if (count > 0 && bytes > kGroupBytes) return count;
    ++count;
  }
}

void JournalIntake::set_pace(Duration tick, Duration epoch) {
  const std::lock_guard lock(pace_mutex_);
  new_pace_.emplace(tick, epoch);
}

void JournalIntake::take_pace() {
  const std::lock_guard lock(pace_mutex_);
  if (!new_pace_) return;
  tick_ = new_pace_->first;
  marks_.set_pace(tick_, new_pace_->second);
  new_pace_.reset();
}

bool JournalIntake::turn() {
  take_pace();
  const std::size_t count = gather();
  const ClockReading reading = options_.clock();
  now_ = clock_.at(reading);
  const std::span<const Offer> hits(taken_.data(), count);
  std::vector<Result<Position>> answers;
  const Position before = journal_.end();
  const EventClock marks_before = marks_;
  if (const Status written = write_group(hits, answers); !written) {
    // Nothing of the group was accepted: its marks are due still.
    marks_ = marks_before;
    answers.assign(count, written.error());
    failed_.add(count);
  } else if (count > 0) {
    commit_seconds_.record(options_.clock().steady - reading.steady);
    group_hits_.record(count);
    hits_.add(count);
  }
  // First: who asks when this group is processed asks by this clock.
  if (options_.turned) options_.turned(reading, now_);
  if (journal_.end() != before && options_.committed) options_.committed();
  std::uint64_t cost = 0;
  for (std::size_t i = 0; i < count; ++i) {
    cost += taken_[i].cost();
    if (taken_[i].answer) taken_[i].answer(answers[i]);
  }
  taken_.erase(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(count));
  queued_.fetch_sub(cost);
  queue_gauge_.set(static_cast<double>(queued_bytes()));
  return count > 0;
}

Status JournalIntake::write_group(std::span<const Offer> hits,
                                  std::vector<Result<Position>>& answers) {
  const EventClock::Marks due = marks_.marks(now_);
  if (due.tick)
    if (const auto added = journal_.append({RecordKind::kTick, *due.tick, {}}); !added)
      return added.error();
  if (due.epoch)
    if (const auto added = journal_.append({RecordKind::kEpoch, *due.epoch, {}}); !added)
      return added.error();
  Time newest = std::max({newest_, due.tick.value_or(kBeginning), due.epoch.value_or(kBeginning)});
  append(hits, newest, answers);
  if (const auto committed = journal_.commit(); !committed) return committed.error();
  newest_ = newest;
  return {};
}

// `newest` is the time of the record before, and becomes that of the last.
void JournalIntake::append(std::span<const Offer> hits,
                           Time& newest,
                           std::vector<Result<Position>>& answers) {
  std::vector<NewRecord> records;
  records.reserve(hits.size());
  for (const Offer& hit : hits) {
    // A collector's clock may jump, ours does not.
    newest = std::max(newest, std::min(hit.received, now_));
    records.push_back({RecordKind::kHit, newest, hit.payload});
  }
  if (const auto first = journal_.append(records)) {
    for (std::size_t i = 0; i < hits.size(); ++i) answers.emplace_back(*first + i);
    return;
  }
  // One of them is too long, or there is room for some only: each for itself.
  for (const NewRecord& record : records) answers.push_back(journal_.append(record));
}

}  // namespace millrace
