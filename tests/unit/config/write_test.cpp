// The effective configuration: written as YAML, and the same when read again.
#include "tests/unit/config/sample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>

namespace millrace::config {
namespace {

TEST(ToYaml, WritesEveryFieldAndHidesSecrets) {
  Sample sample;
  sample.name = "a ${x}";
  sample.password = Secret("hunter2");
  sample.tags = {"true", "two words", "x-1"};
  sample.steps = {{"one", {.id = 1}}, {"key: odd", {.id = 2, .label = "\n"}}};
  sample.list = {{.id = 3}, {.id = 4, .label = ""}};
  sample.pause = Pause{};
  sample.raw = Document().root();
  EXPECT_EQ(to_yaml(sample),
            "flag: false\n"
            "small: 1\n"
            "big: 0\n"
            "ratio: 0.5\n"
            "name: \"a $${x}\"\n"
            "note: \"\"\n"
            "window: 10m\n"
            "limit: 1MiB\n"
            "pace: 100/s\n"
            "password: \"***\"\n"
            "ack: synced\n"
            "maybe: null\n"
            "tags:\n"
            "  - \"true\"\n"
            "  - \"two words\"\n"
            "  - x-1\n"
            "weights: {}\n"
            "steps:\n"
            "  one:\n"
            "    id: 1\n"
            "    label: none\n"
            "  \"key: odd\":\n"
            "    id: 2\n"
            "    label: \"\\n\"\n"
            "inner:\n"
            "  id: 0\n"
            "  label: none\n"
            "list:\n"
            "  - id: 3\n"
            "    label: none\n"
            "  - id: 4\n"
            "    label: \"\"\n"
            "pause:\n"
            "  every: 1s\n"
            "  at_most: 1m\n"
            "raw: null\n");
}

TEST(ToYaml, WritesARawPartAsItStood) {
  struct Holder {
    Node raw{};
    static constexpr auto fields() { return std::tuple{field("raw", &Holder::raw, "Anything.")}; }
  };
  const auto holder = read_ok<Holder>(
      "raw:\n  when: count(x, 30d) >= 3\n  at: [1, '2', [], {}, [[a], ~], {k: v, l: [w]}]\n  'k "
      "y': \"a\\nb\"\n  long: x\n   y\n"
      "  ref: ${env:A}\n");
  const auto written = to_yaml(holder);
  EXPECT_EQ(written,
            "raw:\n"
            "  when: count(x, 30d) >= 3\n"
            "  at:\n"
            "    - 1\n"
            "    - \"2\"\n"
            "    - []\n"
            "    - {}\n"
            "    - - - a\n"
            "      - null\n"
            "    - k: v\n"
            "      l:\n"
            "        - w\n"
            "  \"k y\": \"a\\nb\"\n"
            "  long: x y\n"
            "  ref: ${env:A}\n");
  EXPECT_EQ(read_ok<Holder>(written).raw, holder.raw);
}

using rc::gen::arbitrary;

rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(
                          rc::gen::elementOf(std::vector<std::string>{"a",
                                                                      "b",
                                                                      "Z",
                                                                      "0",
                                                                      "-",
                                                                      ".",
                                                                      "/",
                                                                      "_",
                                                                      " ",
                                                                      ":",
                                                                      "#",
                                                                      "'",
                                                                      "\"",
                                                                      "\\",
                                                                      "$",
                                                                      "${",
                                                                      "{",
                                                                      "}",
                                                                      "[",
                                                                      ",",
                                                                      "\n",
                                                                      "\t",
                                                                      "\r",
                                                                      "\x01",
                                                                      "\x7f",
                                                                      "&",
                                                                      "*",
                                                                      "!",
                                                                      "%",
                                                                      "@",
                                                                      "`",
                                                                      "|",
                                                                      ">",
                                                                      "?",
                                                                      "~",
                                                                      "null",
                                                                      "true",
                                                                      "\xC3\xA9",
                                                                      "\xE2\x80\xA8",
                                                                      "\xC2\x85",
                                                                      "\xF0\x9F\x99\x82",
                                                                      "<<",
                                                                      std::string(1, '\0')})),
                      [](const std::vector<std::string>& pieces) {
                        std::string out;
                        for (const auto& piece : pieces) out += piece;
                        return out;
                      });
}

rc::Gen<Part> any_part() {
  return rc::gen::build<Part>(rc::gen::set(&Part::id, rc::gen::inRange(1, 100)),
                              rc::gen::set(&Part::label, any_text()));
}

rc::Gen<double> any_double() {
  return rc::gen::map(arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    const auto number = std::bit_cast<double>(bits);
    return std::isfinite(number) ? number : 0.0;
  });
}

template <class T>
std::vector<std::pair<std::string, T>> without_duplicates(
    std::vector<std::pair<std::string, T>> entries) {
  std::map<std::string, bool> seen;
  std::erase_if(entries, [&](const auto& entry) {
    return entry.first.size() > 200 || !seen.emplace(entry.first, true).second;
  });
  return entries;
}

Sample any_sample() {
  Sample sample;
  sample.flag = *arbitrary<bool>();
  sample.small = *arbitrary<std::uint8_t>();
  sample.big = *arbitrary<std::int64_t>();
  sample.ratio = std::ldexp(static_cast<double>(*arbitrary<std::uint32_t>()), -32);
  sample.name =
      "xx" + (*any_text()).substr(0, 0) + *rc::gen::element<std::string>("", "${y}", " #", ": ");
  sample.note.value = *any_text();
  sample.window = Duration(*rc::gen::inRange(1'000, 86'400'001));
  sample.limit = Size{*rc::gen::inRange<std::uint64_t>(0, (1U << 30) + 1)};
  sample.pace = Rate{std::abs(*any_double())};
  sample.ack = *rc::gen::element(Ack::kSynced, Ack::kWritten, Ack::kMemory);
  sample.maybe = *rc::gen::element<std::optional<int>>(std::nullopt, 0, 1, 2147483647);
  sample.tags = *rc::gen::container<std::vector<std::string>>(any_text());
  if (sample.tags.size() > 3) sample.tags.resize(3);
  for (const auto& [key, number] :
       without_duplicates(*rc::gen::container<std::vector<std::pair<std::string, double>>>(
           rc::gen::pair(any_text(), any_double()))))
    sample.weights.emplace(key, number);
  sample.steps = without_duplicates(*rc::gen::container<std::vector<std::pair<std::string, Part>>>(
      rc::gen::pair(any_text(), any_part())));
  sample.inner = *any_part();
  sample.list = *rc::gen::container<std::vector<Part>>(any_part());
  if (*arbitrary<bool>())
    sample.pause = Pause{.every = Duration(*rc::gen::inRange(0, 1000)), .at_most = Duration(1000)};
  return sample;
}

TEST(ToYaml, ReadsBackAsAnEqualValue) {
  const bool holds = rc::check([] {
    const auto sample = any_sample();
    const auto written = to_yaml(sample);
    Problems problems;
    const auto document = Document::load(written, "f", problems);
    auto read = parse<Sample>(document.root(), problems);
    RC_ASSERT(render_all(problems, document.source()).empty());
    // A secret is written as ***, and no `raw` as null, which is a value.
    RC_ASSERT(read.password.reveal() == "***");
    RC_ASSERT(read.raw.is_null());
    read.password = Secret();
    RC_ASSERT(read == sample);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace millrace::config
