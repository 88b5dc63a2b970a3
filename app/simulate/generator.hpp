// A simulated shop's stream of events, in the order in which a collector receives them. The same
// options give the same bytes on every machine. For the simulate subcommand, tests, benches and
// demos; one thread at a time, no clock.
//
//   simulate::Generator generator({.shoppers = 1000, .seed = 7});
//   while (const auto line = generator.next()) use(line->bytes);
#pragma once

#include "app/simulate/dirt.hpp"
#include "app/simulate/event_writer.hpp"
#include "app/simulate/shopper.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::simulate {

struct SimulationOptions {
  std::uint32_t shoppers = 1000;
  Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 2));
  Time end = kNever;  // no act happens then or later; what is on its way still arrives
  std::uint64_t seed = 1;
  PersonaMix mix = default_mix();
  DirtRates dirt;
  bool tell_receipt = false;  // every event says receivedAt
};

// One thing that a collector receives.
struct Line {
  std::string_view bytes;  // without line break; valid until the next call of next()
  Time received;
  Act act = Act::kPage;
  std::uint32_t shopper = 0;
  std::optional<Malformed> malformed;
  bool duplicate = false;  // an earlier line has the same messageId
  bool late = false;
  bool oversized = false;
  bool skewed = false;  // the device's clock is wrong: its times do not agree with `received`
};

// What the lines that next() gave out were: the truth for tests that account for every line.
// lines = events + duplicates + malformed + oversized.
struct Counts {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;   // line breaks not counted
  std::uint64_t events = 0;  // sound and new, late and skewed ones among them
  std::uint64_t duplicates = 0;
  std::uint64_t malformed = 0;
  std::uint64_t oversized = 0;
  std::uint64_t late = 0;
  std::uint64_t skewed = 0;
  std::array<std::uint64_t, kMalformedKinds> malformed_by_kind{};
  std::array<std::uint64_t, kActs> events_by_act{};
};

class Generator {
 public:
  // Precondition: at least one shopper.
  explicit Generator(const SimulationOptions& options);
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Nothing when the simulated time is over.
  std::optional<Line> next();

  // The next events say that they happen at this time of the clock, and not at the simulated one:
  // for shoppers who are played live, faster or slower than they live. Line::received stays
  // simulated, and lines that are held back say when they would have been sent.
  void set_clock(Time now) { clock_ = now; }

  const Counts& counts() const { return counts_; }

  // The truth about one shopper as JSON, without line break: persona, ids, and which of the ids an
  // observer of the clean stream can tie to the user id or the email. Acts so far, also those whose
  // event was damaged or is still on its way.
  std::string truth_of(std::uint32_t shopper) const;

 private:
  // When a shopper acts next.
  struct Turn {
    Time time;
    std::uint32_t shopper = 0;
    bool operator>(const Turn& other) const {
      return time != other.time ? time > other.time : shopper > other.shopper;
    }
  };
  // A line that arrives later than it was made.
  struct Held {
    Line line;  // `bytes` is set when it is given out
    std::uint64_t order = 0;
    std::string bytes;
    bool operator>(const Held& other) const {
      return line.received != other.line.received ? line.received > other.line.received
                                                  : order > other.order;
    }
  };

  std::optional<Line> act();
  void hold(const Line& line, std::string bytes);
  void hold_again(Line line, Duration later, Duration shift);
  Line release();
  void give_out(const Line& line);

  World world_;
  Time end_;
  Dirt dirt_;
  EventWriter writer_;
  std::vector<Shopper> shoppers_;
  std::vector<Turn> turns_;  // a heap, the earliest first
  std::vector<Held> held_;   // a heap, the earliest first
  std::size_t held_max_;
  std::uint64_t held_ever_ = 0;
  std::optional<Time> clock_;
  std::string bytes_;
  Counts counts_;
};

}  // namespace millrace::simulate
