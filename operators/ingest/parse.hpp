// parse: makes events of hits in the Segment spec's JSON (segment.com/docs/connections/spec): one
// event, or {"batch": [events]} whose `context`, `integrations`, `sentAt` and `writeKey` hold for
// every event that does not say otherwise, field by field.
//
// The first step of a topology. Its configuration is read while the topology is planned; the
// runtime makes an instance for each thread that parses.
//
// An event is refused, alone, as one of
//   not_an_event event_too_large unknown_type missing_ids id_too_long missing_event
//   missing_group_id missing_previous_id name_too_long message_id_too_long too_far_in_the_future
//   too_old
// and a hit, whole, because nobody knows how many events it holds, as empty_batch or what
// engine/event/json_projector.hpp says.
#pragma once

#include "engine/config/fields.hpp"
#include "engine/event/names.hpp"
#include "engine/event/projection.hpp"
#include "engine/operator/parser.hpp"

#include <memory>
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
  Duration max_future = std::chrono::minutes(5);
  Duration max_age = std::chrono::days(30);

  static constexpr auto fields() {
    using config::field;
    using P = ParseConfig;
    return std::tuple{
        field("max_body",
              &P::max_body,
              "Largest body of a hit, unpacked.",
              {.min = config::kibibytes(1), .max = config::mebibytes(64)}),
        field("max_event",
              &P::max_event,
              "Largest event, as JSON.",
              {.min = config::kibibytes(1), .max = config::mebibytes(64)}),
        field("max_events", &P::max_events, "Most events of one hit.", {.min = 1, .max = 100'000}),
        field("max_depth",
              &P::max_depth,
              "Deepest nesting of lists and objects.",
              {.min = 2, .max = 64}),
        field(
            "max_name", &P::max_name, "Longest name of an event or a page, in bytes.", {.min = 1}),
        field("max_id",
              &P::max_id,
              "Longest user, anonymous, previous or group id, in bytes.",
              {.min = 1}),
        field("max_message_id", &P::max_message_id, "Longest message id, in bytes.", {.min = 1}),
        field("skew_threshold",
              &P::skew_threshold,
              "How far a sender's clock may be off before its events' times are corrected by the "
              "difference between sentAt and the time of receipt.",
              {.min = Duration(0), .max = std::chrono::days(365)}),
        field("max_future",
              &P::max_future,
              "How far after its receipt an event may claim to have happened; it counts as "
              "happened on receipt.",
              {.min = Duration(0), .max = std::chrono::days(365)}),
        field("max_age",
              &P::max_age,
              "How long before its receipt an event may have happened; 0 means any time.",
              {.min = Duration(0), .max = std::chrono::days(36'500)}),
    };
  }
};

// `names` and `projection` are the planned topology's, and outlive the parser.
std::unique_ptr<Parser> make_parse(const ParseConfig& config,
                                   const NameTable& names,
                                   const Projection& projection);

}  // namespace millrace
