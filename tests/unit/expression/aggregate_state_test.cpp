#include "engine/expression/aggregate_state.hpp"

#include "engine/base/codec.hpp"
#include "tests/unit/expression/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>

namespace millrace::expression {
namespace {

std::string encoded(const World& world) {
  std::string bytes;
  ByteWriter writer(bytes);
  world.state.encode(world.catalog.aggregates, writer);
  return bytes;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    out += static_cast<char>(byte);
  }
  return out;
}

double number(World& world, std::string_view text, std::int64_t now) {
  const Program program = world.compiled(text);
  return world.read(program, at(now)).value.number();
}

TEST(AggregateState, IsSmall) {
  World world;
  for (const auto* text : {"count(purchase, 30d)",
                           "count(purchase, 365d)",
                           "since(purchase)",
                           "sum(purchase.value, 90d)",
                           "count(session_start, 28d)",
                           "rate(session_start, 7d)"})
    world.compiled(text);
  EXPECT_EQ(world.state.memory_bytes(), 8u);
  for (int i = 0; i < 5; ++i) {
    world.happens("purchase", at(i * kDay), at(i * kDay), {{"value", Value::of(19.99)}});
    world.happens("session_start", at(i * kDay), at(i * kDay), {}, EventKind::kDerived);
  }
  EXPECT_LT(world.state.memory_bytes(), 250u);
  EXPECT_LT(encoded(world).size(), 180u);
}

TEST(AggregateState, GivesMemoryBack) {
  World world;
  const Program recent = world.compiled("count(view, 1h)"),
                other = world.compiled("sum(view.x, 2h)");
  for (int i = 0; i < 50; ++i) world.happens("view", at(i), at(i), {{"x", Value::of(1.0)}});
  const std::size_t full = world.state.memory_bytes();
  world.state.expire(world.catalog.aggregates, at(kHour + 25));
  EXPECT_LT(world.state.memory_bytes(), full);
  EXPECT_EQ(world.read(recent, at(kHour + 25)).value.number(), 24);
  EXPECT_EQ(world.read(other, at(kHour + 25)).value.number(), 50);
  world.state.expire(world.catalog.aggregates, at(3 * kHour));
  EXPECT_TRUE(world.state.empty());
}

TEST(AggregateState, CopiesAreIndependent) {
  World world;
  const Program program = world.compiled("count(view)");
  world.happens("view", at(0), at(0));
  const AggregateState copy = world.state;
  world.happens("view", at(1), at(1));
  EXPECT_EQ(world.read(program, at(1)).value.number(), 2);
  EXPECT_EQ(copy.read(world.catalog.aggregates, 0, at(1)).value.number(), 1);
}

// What a checkpoint does not tell apart must stay the same after it.
TEST(AggregateState, MergesIntoNothingAsIntoWhatSaysNothing) {
  World nothing, says_nothing, other;
  for (World* world : {&nothing, &says_nothing, &other}) world->compiled("count(view, 1h)");
  says_nothing.happens("view", at(0), at(2 * kHour));
  ASSERT_FALSE(says_nothing.state.empty());
  ASSERT_EQ(encoded(says_nothing), encoded(nothing));
  other.happens("view", at(0), at(0));
  for (World* world : {&nothing, &says_nothing})
    world->state.merge(world->catalog.aggregates, other.state, at(3 * kHour));
  EXPECT_EQ(encoded(says_nothing), encoded(nothing));
}

TEST(AggregateState, MergesWithWhatSaysNothingAsWithNothing) {
  World one, two, nothing, says_nothing;
  for (World* world : {&one, &two, &nothing, &says_nothing}) world->compiled("count(view, 1h)");
  for (World* world : {&one, &two}) world->happens("view", at(0), at(0));
  says_nothing.happens("view", at(0), at(2 * kHour));
  ASSERT_EQ(encoded(says_nothing), encoded(nothing));
  const std::string before = encoded(one);
  one.state.merge(one.catalog.aggregates, nothing.state, at(3 * kHour));
  two.state.merge(two.catalog.aggregates, says_nothing.state, at(3 * kHour));
  EXPECT_EQ(encoded(one), before);
  EXPECT_EQ(encoded(two), before);
}

TEST(AggregateState, ReportsThatItMergedOldEntries) {
  World world(16);
  const Program program = world.compiled("count(view, 30d)");
  for (int i = 0; i < 16; ++i) world.happens("view", at(i), at(i));
  EXPECT_EQ(world.merged, 0u);
  world.happens("view", at(16), at(16));
  EXPECT_EQ(world.merged, 1u);
  EXPECT_EQ(world.read(program, at(16)).value.number(), 17);
  EXPECT_EQ(world.read(program, at(16 + 30 * kDay)).value.number(), 0);
}

TEST(AggregateState, BoundsWhatAWrongClockSends) {
  World world(16);
  const Program program = world.compiled("count(view)"), value = world.compiled("last(view.x)");
  for (int i = 0; i < 1000; ++i)
    world.happens("view", at(i * kDay), at(0), {{"x", Value::of(std::string_view("abc"))}});
  EXPECT_EQ(world.read(program, at(0)).value.number(), 1);
  EXPECT_EQ(world.read(program, at(2000 * kDay)).value.number(), 1000);
  EXPECT_LT(world.state.memory_bytes(), 1000u);
}

TEST(AggregateState, TakesTimesFarOutOfRange) {
  World world;
  const Program program = world.compiled("count(view, 30d)"), since = world.compiled("since(view)");
  world.happens("view", at(std::int64_t{1} << 60), at(0));
  world.happens("view", at(-(std::int64_t{1} << 60)), at(0));
  EXPECT_EQ(world.read(program, at(0)).value.number(), 0);
  EXPECT_EQ(world.read(since, at(0)).value.number(), static_cast<double>(kTimeLimit));
}

struct GoldenWorld : World {
  GoldenWorld() : World(16) {
    for (const auto* text : {"count(purchase, 30d)",
                             "since(purchase)",
                             "sum(purchase.value, 90d)",
                             "min(purchase.value)",
                             "first(purchase)",
                             "distinct(purchase.sku, 7d)",
                             "last(purchase.sku)"})
      compiled(text);
  }
};

void buy(World& world, std::int64_t time, std::int64_t now, double value, std::string_view sku) {
  world.happens(
      "purchase", at(time), at(now), {{"value", Value::of(value)}, {"sku", Value::of(sku)}});
}

// Written by version 1. A change that breaks this needs a new version, and a reader for the old
// one.
constexpr std::string_view kOldBytes =
    "01049ab49eba04080280897aa08d060301c0ee6da08d06c09a0c8eb498f40d210280897ac0e6f487b7f4b5853d"
    "c0680301c0ee6dc0e6f487b7f4b5853da08d06c068c09a0cc028d6c9d6d10902000301c0ee6d04a7d49ffbaad1"
    "eaa08d06ac401049ac0cfc73c09a0cac401049ac0cfc739ae2c8c90f030280897a020180897a04057368697274"
    "c09a0c04057368697274";

TEST(AggregateState, ReadsWhatItOnceWrote) {
  GoldenWorld world;
  buy(world, 1'000'000, 1'000'000, 20, "shirt");
  buy(world, 900'000, 1'100'000, 19.99, "hat");
  buy(world, 1'200'000, 1'150'000, 5, "shirt");
  EXPECT_EQ(hex(encoded(world)), kOldBytes);
  GoldenWorld other;
  const std::string bytes = unhex(kOldBytes);
  ByteReader reader(bytes);
  ASSERT_TRUE(other.state.decode(other.catalog.aggregates, reader));
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(number(other, "count(purchase, 30d)", 1'150'000), 2);
  EXPECT_EQ(number(other, "count(purchase, 30d)", 1'200'000), 3);
  EXPECT_DOUBLE_EQ(number(other, "sum(purchase.value, 90d)", 1'150'000), 39.99);
  EXPECT_EQ(number(other, "min(purchase.value)", 1'150'000), 19.99);
  EXPECT_EQ(number(other, "distinct(purchase.sku, 7d)", 1'200'000), 2);
  EXPECT_EQ(number(other, "since(purchase)", 1'150'000), 150'000);
}

TEST(AggregateState, ForgetsStreamsThatTheTopologyNoLongerHas) {
  GoldenWorld before;
  buy(before, 1'000'000, 1'000'000, 20, "shirt");
  World after(16);
  const Program added = after.compiled("count(view, 30d)"),
                kept = after.compiled("sum(purchase.value, 90d)");
  const std::string bytes = encoded(before);
  ByteReader reader(bytes);
  ASSERT_TRUE(after.state.decode(after.catalog.aggregates, reader));
  EXPECT_EQ(after.read(kept, at(1'000'000)).value.number(), 20);
  EXPECT_EQ(after.read(added, at(1'000'000)).value.number(), 0);
}

TEST(AggregateState, StartsAnewWhereNothingWasKept) {
  World before;
  before.compiled("count(purchase.value)");
  before.compiled("avg(purchase.value)");
  World after;
  after.compiled("avg(purchase.value)");
  const Program least = after.compiled("min(purchase.value)");
  buy(before, 0, 0, 20, "");
  const std::string bytes = encoded(before);
  ByteReader reader(bytes);
  ASSERT_TRUE(after.state.decode(after.catalog.aggregates, reader));
  EXPECT_FALSE(after.read(least, at(0)).value.present());
  buy(after, 1, 1, 30, "");
  EXPECT_EQ(after.read(least, at(1)).value.number(), 30);
}

TEST(AggregateState, RefusesOtherVersionsAndCutBytes) {
  GoldenWorld world;
  buy(world, 1'000'000, 1'000'000, 20, "shirt");
  std::string bytes = encoded(world);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader reader(std::string_view(bytes).substr(0, cut));
    EXPECT_FALSE(world.state.decode(world.catalog.aggregates, reader)) << cut;
    EXPECT_TRUE(world.state.empty());
  }
  bytes[0] = 2;
  ByteReader reader(bytes);
  EXPECT_FALSE(world.state.decode(world.catalog.aggregates, reader));
}

}  // namespace
}  // namespace millrace::expression
