#include "operators/profile/traits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

Value text(std::string_view value) { return Value::of(value); }

TEST(Traits, KeepOneValueOfEachKind) {
  const std::vector<Value> values = {
      Value::of(true), Value::of(2.5), text("gold"), text(""), Value::of(from_millis(7))};
  Traits traits;
  for (std::size_t i = values.size(); i-- > 0;) traits.set(static_cast<NameId>(10 + i), values[i]);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(traits.get(static_cast<NameId>(10 + i)), values[i]) << i;
  EXPECT_EQ(traits.get(9), Value());
  EXPECT_EQ(traits.get(15), Value());
}

TEST(Traits, ChangeAndGo) {
  Traits traits;
  traits.set(10, text("a long plan name"));
  traits.set(11, Value::of(1.0));
  traits.set(10, text("b"));
  EXPECT_EQ(traits.get(10), text("b"));
  traits.set(10, Value());
  traits.set(10, Value::other());
  EXPECT_EQ(traits.get(10), text("b"));
  traits.set(10, Value::null());
  EXPECT_EQ(traits.get(10), Value());
  EXPECT_EQ(traits.get(11), Value::of(1.0));
  traits.set(11, Value::null());
  EXPECT_TRUE(traits.empty());
  EXPECT_EQ(traits.heap_bytes(), 0u);
}

TEST(Traits, CutLongTextsBetweenCharacters) {
  Traits traits;
  traits.set(10, text(std::string(254, 'x') + "\u00e9"));
  EXPECT_EQ(traits.get(10), text(std::string(254, 'x')));
}

TEST(Traits, KeepOursWhereBothHaveOne) {
  Traits ours, theirs;
  ours.set(10, text("ours"));
  theirs.set(10, text("theirs"));
  theirs.set(11, text("more"));
  ours.merge(theirs);
  EXPECT_EQ(ours.get(10), text("ours"));
  EXPECT_EQ(ours.get(11), text("more"));
}

TEST(Traits, AreReadBackByNameInAnotherTopology) {
  NameTable names, others;
  const NameId plan = names.add("plan"), city = names.add("city");
  Traits traits;
  traits.set(plan, text("gold"));
  traits.set(city, text("Bern"));
  std::string written;
  ByteWriter to(written);
  traits.encode(names, to);

  others.add("country");
  const NameId moved = others.add("city");
  Traits read;
  ByteReader from(written);
  ASSERT_TRUE(read.decode(others, from, Traits::kVersion) && from.done());
  EXPECT_EQ(read.get(moved), text("Bern"));
  EXPECT_EQ(read.get(static_cast<NameId>(moved - 1)), Value());

  ByteReader damaged(std::string_view(written).substr(0, written.size() - 1));
  EXPECT_FALSE(read.decode(others, damaged, Traits::kVersion));
}

}  // namespace
}  // namespace millrace
