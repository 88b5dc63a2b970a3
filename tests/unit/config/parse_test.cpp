// Described structs read from YAML: every type, and every way to get one wrong, as its author sees
// it.
#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"
#include "engine/config/resolver.hpp"
#include "tests/unit/config/sample.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>

namespace millrace::config {
namespace {

using namespace std::chrono_literals;

TEST(Parse, ReadsEveryType) {
  const auto sample = read_ok<Sample>(R"(
flag: true
small: 200
big: -9000000000
ratio: 0.25
name: "a # b"
note: plain text
window: 1h30m
limit: 64MiB
pace: 5/m
password: hunter2
ack: memory
maybe: 3
tags: [a, b]
weights: {x: 1.5, y: 2}
steps:
  zeta: {id: 1}
  alpha: {id: 2, label: two}
inner:
  id: 9
list:
  - id: 1
  - {id: 2, label: two}
raw: {any: [1, "two"]}
)");
  EXPECT_TRUE(sample.flag);
  EXPECT_EQ(sample.small, 200);
  EXPECT_EQ(sample.big, -9'000'000'000);
  EXPECT_EQ(sample.ratio, 0.25);
  EXPECT_EQ(sample.name, "a # b");
  EXPECT_EQ(sample.note.value, "plain text");
  EXPECT_EQ(sample.window, 90min);
  EXPECT_EQ(sample.limit, mebibytes(64));
  EXPECT_EQ(sample.pace.per_second, 5.0 / 60);
  EXPECT_EQ(sample.password.reveal(), "hunter2");
  EXPECT_EQ(sample.ack, Ack::Memory);
  EXPECT_EQ(sample.maybe, 3);
  EXPECT_EQ(sample.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(sample.weights, (std::map<std::string, double>{{"x", 1.5}, {"y", 2}}));
  ASSERT_EQ(sample.steps.size(), 2U);
  EXPECT_EQ(sample.steps[0].first, "zeta");
  EXPECT_EQ(sample.steps[1].second.label, "two");
  EXPECT_EQ(sample.inner.id, 9);
  EXPECT_EQ(sample.list[1].label, "two");
  EXPECT_EQ(sample.raw.child("any").item(1).text(), "two");
}

}  // namespace
}  // namespace millrace::config
