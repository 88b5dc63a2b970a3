// The feeds that the engine brings: memory, NDJSON text, a journal, and text that is journaled on
// its way. Each is used by one thread at a time.
#pragma once

#include "engine/event/json_projector.hpp"
#include "engine/journal/journal.hpp"
#include "engine/runtime/event_clock.hpp"
#include "engine/runtime/feed.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

// Records that are in memory already. They outlive the feed and what comes out of it.
class MemoryFeed final : public Feed {
 public:
  explicit MemoryFeed(const std::vector<Record>& records) : records_(records) {}
  Status next(FeedBatch& batch, std::size_t records_max) override;

 private:
  const std::vector<Record>& records_;
  std::size_t next_ = 0;
};

// Reads at most `size` bytes into `into`; 0 at the end.
using ReadBytes = std::function<Result<std::size_t>(char* into, std::size_t size)>;

// One Segment body a line: an event, or {"batch": […]}. Empty lines are skipped. The clock is the
// events' own: receivedAt, sentAt, timestamp or originalTimestamp, the first that there is.
class NdjsonFeed final : public Feed {
 public:
  // Positions go on from `first`; `lines_done` lines of the input are skipped.
  NdjsonFeed(ReadBytes read, EventClock clock, Position first = 0, std::uint64_t lines_done = 0);
  Status next(FeedBatch& batch, std::size_t records_max) override;
  // Lines of the input that came out so far, with those that were skipped.
  std::uint64_t lines() const { return lines_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // A batch that is being filled.
  struct Filling {
    NdjsonFeed& of;
    FeedBatch& batch;
    std::shared_ptr<std::string> bytes = std::make_shared<std::string>();
    struct Place {
      std::size_t record, from, size;
    };
    std::vector<Place> places{};  // of hits, in `bytes`

    void add(RecordKind kind, Time time);
    void add_pending();
    void add_marks(std::string_view line);
    void add_last_tick();
    void finish();
  };

  bool take_line(std::string_view& line);
  bool wants(std::string_view line);
  Status refill();
  Time time_of(std::string_view line);

  // A longer line is cut; what is left of it is far over what the parser takes, and so is rejected
  // by it.
  static constexpr std::size_t kLineMax = 2 << 20;

  ReadBytes read_;
  EventClock clock_;
  Position position_;
  std::uint64_t skip_;
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;  // of the next line in the buffer
  bool ended_ = false;
  bool cutting_ = false;  // the rest of a line that is too long
  std::string pending_;   // the line whose marks went out before it
  Time pending_time_{};
  bool has_pending_ = false;
  std::optional<Time> pending_epoch_;
  bool last_tick_done_ = false;
  JsonProjector times_;
  Arena arena_;
};

// A journal's records from a position up to what is committed when it comes there.
class JournalFeed final : public Feed {
 public:
  JournalFeed(const Journal& journal, Position from) : reader_(journal.reader(from)) {}
  Status next(FeedBatch& batch, std::size_t records_max) override;

 private:
  JournalReader reader_;
  RecordBatch read_;
  std::size_t taken_ = 0;  // records of `read_` that went out
  std::uint64_t gap_ = 0;  // to be told with the next record
};

// A journal's records as they are committed. Whoever commits wakes the feed's executor; when end()
// is called, so does its caller.
class TailFeed final : public Feed {
 public:
  TailFeed(const Journal& journal, Position from) : inner_(journal, from) {}
  Status next(FeedBatch& batch, std::size_t records_max) override;
  bool more_to_come() const override { return !ended_; }

  // Any thread. The feed ends once everything that is committed by now was given,
  void end() { ending_.store(Ending::kSoon, std::memory_order_release); }
  // or at once.
  void break_off() { ending_.store(Ending::kNow, std::memory_order_release); }

 private:
  enum class Ending : std::uint8_t { kNo, kSoon, kNow };

  JournalFeed inner_;
  std::atomic<Ending> ending_{Ending::kNo};
  bool ended_ = false;
};

// What another feed gives, written to a journal first and then passed on.
class JournalingFeed final : public Feed {
 public:
  JournalingFeed(Feed& inner, Journal& journal) : inner_(inner), journal_(journal) {}
  Status next(FeedBatch& batch, std::size_t records_max) override;

 private:
  Feed& inner_;
  Journal& journal_;
};

// One feed after the other.
class FeedChain final : public Feed {
 public:
  FeedChain(Feed& first, Feed& second) : first_(first), second_(second) {}
  Status next(FeedBatch& batch, std::size_t records_max) override;

 private:
  Feed& first_;
  Feed& second_;
  bool first_done_ = false;
};

}  // namespace millrace
