// Takes hits from any thread and journals them from one: what has gathered while the last group was
// written becomes the next group, is committed once, and is then answered. The same thread journals
// that time passes: ticks, and epochs.
//
// What waits is bounded in bytes. When the journal refuses (the disk is full), the answers say so;
// the next group tries anew.
#pragma once

#include "engine/journal/journal.hpp"
#include "engine/metrics/metrics.hpp"
#include "engine/operator/intake.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/event_clock.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace millrace {

struct IntakeOptions {
  std::uint64_t queue_bytes = 64 << 20;  // of hits that wait, with what they cost besides
  Duration tick = std::chrono::seconds(1);
  Duration epoch = std::chrono::minutes(1);
  ReadClock clock = read_machine_clock;
  // Both on the intake's thread, and must not block: the journal has more; and after every group,
  // but at least about once a second, with the journal's clock.
  std::function<void()> committed;
  std::function<void(const ClockReading&, Time)> turned;
  Metrics* metrics = nullptr;  // outlives the intake
};

class JournalIntake final : public Intake {
 public:
  // The intake is the journal's one writer. `newest` is the time of its newest record.
  JournalIntake(Journal& journal, Time newest, IntakeOptions options);
  // Without a stop(), what waits is answered and not journaled.
  ~JournalIntake() override;

  bool offer(std::string payload, Time received, Answer answer) override;

  // Starts the thread. Without one, a test calls turn() itself.
  void start();
  // Takes no more, journals and answers what was taken, and ends the thread. Once, after start().
  void stop();
  // Any thread. How often ticks and epochs are due from now on.
  void set_pace(Duration tick, Duration epoch);
  // Any thread. Has the clock looked at now and not when the next tick is due by it.
  void look();
  // Journals one group of what waits, with the marks that are due before it. True if it had hits.
  bool turn();

  std::uint64_t queued_bytes() const { return queued_.load() & ~kClosed; }

 private:
  struct Offer {
    std::string payload;
    Time received{};
    Answer answer;

    std::uint64_t cost() const { return payload.size() + 4 * sizeof(Offer); }
  };
  struct Queue;
  static constexpr std::uint64_t kClosed = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kGroupBytes = 8 << 20;  // and one hit

  void work(const std::stop_token& stop);
  void rest(const std::stop_token& stop);
  void take_pace();
  void wake();
  std::size_t gather();
  void append(std::span<const Offer> hits, Time& newest, std::vector<Result<Position>>& answers);
  Status write_group(std::span<const Offer> hits, std::vector<Result<Position>>& answers);
  void close();

  Journal& journal_;
  const IntakeOptions options_;
  SteeredClock clock_;
  EventClock marks_;  // when ticks and epochs are due
  std::mutex pace_mutex_;
  std::optional<std::pair<Duration, Duration>> new_pace_;  // tick and epoch; taken by turn()
  Duration tick_;
  Time now_;
  Time newest_;                           // of what was journaled
  std::atomic<std::uint64_t> queued_{0};  // bytes that wait or are being written; kClosed
  std::unique_ptr<Queue> queue_;
  std::vector<Offer> taken_;  // from the queue, and not in a group yet
  std::atomic<bool> asleep_{false};
  std::mutex mutex_;  // of the thread's sleep
  std::condition_variable_any wake_;
  bool woken_ = false;
  Histogram commit_seconds_;
  Histogram group_hits_;
  Counter hits_;
  Counter refused_;
  Counter failed_;
  Gauge queue_gauge_;
  std::jthread thread_;
};

}  // namespace millrace
