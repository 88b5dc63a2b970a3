// What a topology may say of its node `parse`. For parse.cpp.
#pragma once

#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"

#include <chrono>
#include <cstdint>
#include <tuple>

namespace millrace {

struct ParseConfig {
  config::Size max_body = config::kibibytes(512);
  config::Size max_event = config::kibibytes(32);
  std::uint32_t max_events = 2'500;
  std::uint32_t max_depth = 64;
  std::uint32_t max_name = 256;
  std::uint32_t max_id = 256;
  std::uint32_t max_message_id = 100;
  Duration skew_threshold = std::chrono::minutes(5);
  Duration max_correction = Duration(0);
  Duration max_future = std::chrono::minutes(5);
  Duration max_age = std::chrono::days(30);

  static constexpr auto fields() {
    using P = ParseConfig;
    return std::tuple{
        config::field("max_body",
                      &P::max_body,
                      "Largest body of a hit, unpacked.",
                      {.min = config::kibibytes(1), .max = config::mebibytes(64)}),
        config::field("max_event",
                      &P::max_event,
                      "Largest event, as JSON.",
                      {.min = config::kibibytes(1), .max = config::mebibytes(64)}),
        config::field(
            "max_events", &P::max_events, "Most events of one hit.", {.min = 1, .max = 100'000}),
        config::field("max_depth",
                      &P::max_depth,
                      "Deepest nesting of lists and objects.",
                      {.min = 2, .max = 64}),
        config::field(
            "max_name", &P::max_name, "Longest name of an event or a page, in bytes.", {.min = 1}),
        config::field("max_id",
                      &P::max_id,
                      "Longest user, anonymous, previous or group id, in bytes.",
                      {.min = 1}),
        config::field(
            "max_message_id", &P::max_message_id, "Longest message id, in bytes.", {.min = 1}),
        config::field(
            "skew_threshold",
            &P::skew_threshold,
            "How far a sender's clock may be off before its events' times are corrected by the "
            "difference between sentAt and the time of receipt.",
            {.min = Duration(0), .max = std::chrono::days(365)}),
        config::field(
            "max_correction",
            &P::max_correction,
            "The largest such correction; a sender whose clock is further off is not believed, "
            "and its events count as happening on receipt. 0 means any.",
            {.min = Duration(0), .max = std::chrono::days(36'500)}),
        config::field("max_future",
                      &P::max_future,
                      "How far after its receipt an event may claim to have happened; it counts as "
                      "happened on receipt.",
                      {.min = Duration(0), .max = std::chrono::days(365)}),
        config::field("max_age",
                      &P::max_age,
                      "How long before its receipt an event may have happened; 0 means any time.",
                      {.min = Duration(0), .max = std::chrono::days(36'500)}),
    };
  }

  void check(config::Checker& checker) const {
    if (max_correction > Duration(0) && max_correction <= skew_threshold)
      checker.problem("max_correction", "is not above skew_threshold: nothing would be corrected");
  }
};

}  // namespace millrace
