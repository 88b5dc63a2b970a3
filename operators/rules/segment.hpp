// A segment as a topology defines it, compiled: who is in it, and until when that is sure.
//
// Made by the constructor of `rules`; asked by its lane's thread.
#pragma once

#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"
#include "engine/expression/evaluator.hpp"
#include "operators/rules/membership.hpp"

#include <optional>
#include <string>

namespace millrace {

struct ActionConfig {
  std::string effect;

  static constexpr auto fields() {
    return std::tuple{config::field("effect",
                                    &ActionConfig::effect,
                                    "The name of the effect that sinks are told.",
                                    {.required = true, .min_length = 1, .max_length = 128})};
  }
};

struct SegmentConfig {
  config::Text when;
  std::optional<config::Text> until;
  Duration keep{0};
  std::optional<ActionConfig> on_enter;
  std::optional<ActionConfig> on_exit;

  static std::optional<SegmentConfig> from_scalar(const config::Text& text) {
    SegmentConfig made;
    made.when = text;
    return made;
  }
  static constexpr auto fields() {
    return std::tuple{
        config::field("when",
                      &SegmentConfig::when,
                      "Who is in the segment: a condition on a profile.",
                      {.required = true}),
        config::field("until",
                      &SegmentConfig::until,
                      "Who leaves it again; left out, those for whom `when` does not hold."),
        config::field("keep",
                      &SegmentConfig::keep,
                      "How long a profile stays in after the condition last held.",
                      {.min = Duration(0), .max = std::chrono::days(36'500)}),
        config::field(
            "on_enter", &SegmentConfig::on_enter, "What should happen when a profile enters."),
        config::field(
            "on_exit", &SegmentConfig::on_exit, "What should happen when a profile leaves."),
    };
  }
};

struct Segment {
  expression::Program when;
  std::optional<expression::Program> until;
  Duration keep{0};

  // Whether the condition holds for a profile for which it did or did not until now.
  expression::Truth holds(const expression::AggregateTable& table,
                          const expression::Facts& facts,
                          Time now,
                          bool did) const {
    const expression::Truth in = expression::holds(when, table, facts, now);
    if (in.value || !did || !until) return in;
    const expression::Truth out = expression::holds(*until, table, facts, now);
    return {!out.value, std::min(in.until, out.until)};
  }
};

}  // namespace millrace
