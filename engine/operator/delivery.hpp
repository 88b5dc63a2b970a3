// Takes outputs to a receiver that may be slow, dead or of another opinion: a webhook, a broker.
//
// The runtime's outbox stands before it: it numbers the outputs, keeps them over restarts until the
// receiver has them, tries again when that is due, and holds back what the receiver is not ready
// for. So a delivering sink only says which outputs it takes, as what bytes, and what became of one
// attempt.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/fields.hpp"
#include "engine/operator/output_record.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace millrace {

// One output on its way to one receiver.
struct Delivery {
  std::uint64_t sequence = 0;  // of the sink's outputs, from 0 at the journal's beginning
  std::string id;              // effect_id(): the same in every replay and attempt
  Time time{};                 // of the output
  std::uint32_t attempt = 1;   // this one
  std::string body;            // what encode() made of it
};

// What became of an attempt.
struct Answer {
  enum class Kind : std::uint8_t {
    kDelivered,  // the receiver has it
    kRetry,      // not now
    kRefuse,     // this output will never be taken: it becomes a dead letter
    kDisable,    // the receiver wants nothing more: outputs wait until somebody enables the sink
  };
  Kind kind = Kind::kDelivered;
  std::string reason;             // unless delivered; a short sentence, without secrets
  bool receiver_down = false;     // kRetry: others would fare no better now
  std::optional<Duration> after;  // kRetry: what the receiver asks for, for all

  static Answer delivered() { return {}; }
  static Answer retry(std::string reason) { return {Kind::kRetry, std::move(reason), false, {}}; }
  static Answer down(std::string reason, std::optional<Duration> after = {}) {
    return {Kind::kRetry, std::move(reason), true, after};
  }
  static Answer refuse(std::string reason) { return {Kind::kRefuse, std::move(reason), false, {}}; }
  static Answer disable(std::string reason) {
    return {Kind::kDisable, std::move(reason), false, {}};
  }
};

// Every worker thread of an outbox has an instance of its own, and the completing thread has one;
// all made from the same configuration.
class DeliveringSink {
 public:
  virtual ~DeliveringSink() = default;

  // Once, on the completing thread's instance: whether what is asked for exists.
  virtual Status open(const Catalog& catalog) = 0;
  // The completing thread: whether the receiver is to have this output, and as what bytes.
  // Functions of the output and the configuration alone, so that a replay numbers outputs as the
  // first run.
  virtual bool wants(const OutputRecord& output) const = 0;
  virtual std::string encode(const OutputRecord& output) const = 0;
  // Where to, as text: a sink that was disabled is enabled again when this changes.
  virtual std::string target() const = 0;

  // A worker thread; may block, within the sink's own timeouts.
  virtual Answer deliver(const Delivery& delivery) = 0;
  // Any thread: a deliver() that runs, or comes later, returns soon.
  virtual void stop() = 0;
};

// What an outbox does when it is full.
enum class Full : std::uint8_t { kDropOldest, kBlock };
constexpr auto enum_names(Full) {
  return std::array{config::EnumName{"drop_oldest", Full::kDropOldest},
                    config::EnumName{"block", Full::kBlock}};
}

// A configuration of a delivering sink has these two as its members `outbox` and `delivery`.
struct OutboxConfig {
  config::Size max = config::gibibytes(1);
  Full full = Full::kDropOldest;
  config::Size memory = config::mebibytes(16);
  std::uint32_t dead_letters = 10'000;

  static constexpr auto fields() {
    using config::field;
    using T = OutboxConfig;
    return std::tuple{
        field("max",
              &T::max,
              "Of outputs that the receiver does not have yet, on disk and in memory.",
              {.min = config::kibibytes(64)}),
        field("full",
              &T::full,
              "Past that: the oldest are dropped and counted, or the topology waits, and with it "
              "every segment; events are accepted in both cases."),
        field("memory",
              &T::memory,
              "Of these, how much is held in memory; without a data directory there is no more.",
              {.min = config::kibibytes(64)}),
        field("dead_letters",
              &T::dead_letters,
              "Outputs that the receiver refused for good, kept to be looked at; the oldest goes "
              "first.",
              {.max = 1'000'000U}),
    };
  }
};

struct DeliveryConfig {
  using Minutes = std::chrono::minutes;
  using Hours = std::chrono::hours;

  std::uint32_t concurrency = 4;
  // The schedule of the Standard Webhooks specification: about 75 hours.
  std::vector<Duration> retry = {std::chrono::seconds(5),
                                 Minutes(5),
                                 Minutes(30),
                                 Hours(2),
                                 Hours(5),
                                 Hours(10),
                                 Hours(14),
                                 Hours(20),
                                 Hours(24)};
  std::uint32_t failures = 5;
  Duration pause = Minutes(1);

  static constexpr auto fields() {
    using config::field;
    using T = DeliveryConfig;
    return std::tuple{
        field("concurrency",
              &T::concurrency,
              "Deliveries at a time. Those of one profile follow each other in order.",
              {.min = 1U, .max = 64U}),
        field("retry",
              &T::retry,
              "How long after a failed attempt the next one comes, give or take a tenth; after the "
              "last one the output is a dead letter.",
              {.max_items = 32}),
        field("failures",
              &T::failures,
              "After so many failures in a row of the receiver itself, outputs wait, and one at a "
              "time tries whether it is back.",
              {.min = 1U, .max = 1'000U}),
        field("pause",
              &T::pause,
              "How long outputs then wait between two tries, at most; at first a second.",
              {.min = std::chrono::seconds(1), .max = Hours(24)}),
    };
  }
};

}  // namespace millrace
