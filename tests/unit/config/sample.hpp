// A described struct with a member of every type that a configuration can have, and ways to read
// it.
#pragma once

#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::config {

enum class Ack : std::uint8_t { kSynced, kWritten, kMemory };
constexpr auto enum_names(Ack) {
  return std::array{EnumName{"synced", Ack::kSynced},
                    EnumName{"written", Ack::kWritten},
                    EnumName{"memory", Ack::kMemory}};
}

struct Part {
  std::int32_t id = 0;
  std::string label = "none";

  static constexpr auto fields() {
    return std::tuple{
        field("id", &Part::id, "Number of the part.", {.required = true, .min = 1, .max = 99}),
        field("label", &Part::label, "What people call it."),
    };
  }
  bool operator==(const Part&) const = default;
};

// May be written `10s` for `{every: 10s}`.
struct Pause {
  Duration every = std::chrono::seconds(1);
  Duration at_most = std::chrono::minutes(1);

  static std::optional<Pause> from_scalar(std::string_view text) {
    const auto every = parse_duration(text);
    return every ? std::optional(Pause{.every = *every}) : std::nullopt;
  }
  static constexpr auto fields() {
    return std::tuple{
        field("every", &Pause::every, "First wait."),
        field("at_most", &Pause::at_most, "Longest wait."),
    };
  }
  void check(Checker& checker) const {
    if (at_most < every) checker.problem("at_most", "the longest wait is shorter than the first");
  }
  bool operator==(const Pause&) const = default;
};

struct Sample {
  bool flag = false;
  std::uint8_t small = 1;
  std::int64_t big = 0;
  double ratio = 0.5;
  std::string name = "unnamed";
  Text note{};
  Duration window = std::chrono::minutes(10);
  Size limit = mebibytes(1);
  Rate pace{100};
  Secret password{};
  Ack ack = Ack::kSynced;
  std::optional<int> maybe{};
  std::vector<std::string> tags{};
  std::map<std::string, double> weights{};
  std::vector<std::pair<std::string, Part>> steps{};
  Part inner{};
  std::vector<Part> list{};
  std::optional<Pause> pause{};
  Node raw{};

  static constexpr auto fields() {
    using std::chrono::hours;
    using std::chrono::seconds;
    return std::tuple{
        field("flag", &Sample::flag, "On or off."),
        field("small", &Sample::small, "A byte."),
        field("big", &Sample::big, "A wide number."),
        field("ratio", &Sample::ratio, "A share.", {.min = 0, .max = 1}),
        field("name", &Sample::name, "Its name.", {.min_length = 2, .max_length = 40}),
        field("note", &Sample::note, "Words with a place."),
        field("window", &Sample::window, "How long.", {.min = seconds(1), .max = hours(24)}),
        field("limit", &Sample::limit, "How much.", {.max = gibibytes(1)}),
        field("pace", &Sample::pace, "How often."),
        field("password", &Sample::password, "Not to be seen.", {.min_length = 3}),
        field("ack", &Sample::ack, "When to answer."),
        field("maybe", &Sample::maybe, "A number or nothing.", {.min = 0}),
        field("tags", &Sample::tags, "Some words.", {.max_items = 3}),
        field("weights", &Sample::weights, "Numbers by name."),
        field("steps", &Sample::steps, "Parts in order."),
        field("inner", &Sample::inner, "One part."),
        field("list", &Sample::list, "Many parts."),
        field("pause", &Sample::pause, "Waits between tries."),
        field("raw", &Sample::raw, "Read later."),
    };
  }
  bool operator==(const Sample&) const = default;
};

// The value, or a failed test with what is wrong.
template <class T>
T read_ok(std::string text, const Resolver* resolver = nullptr) {
  Problems problems;
  const auto document = Document::load(std::move(text), "test.yaml", problems);
  auto value = parse<T>(document.root(), problems, {.resolver = resolver});
  EXPECT_EQ(render_all(problems, document.source()), "");
  return value;
}

// Everything wrong with the text, as the program prints it.
template <class T>
std::string errors_of(std::string text, const Resolver* resolver = nullptr) {
  Problems problems;
  const auto document = Document::load(std::move(text), "test.yaml", problems);
  if (document.root()) parse<T>(document.root(), problems, {.resolver = resolver});
  return render_all(problems, document.source());
}

}  // namespace millrace::config
