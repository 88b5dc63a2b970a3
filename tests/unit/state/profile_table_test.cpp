#include "engine/state/profile_table.hpp"

#include "engine/state/timers.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// A state with two versions: the first had no name.
struct Visits {
  static constexpr std::uint32_t kVersion = 2;
  std::uint64_t count = 0;
  std::string name;

  bool empty() const { return count == 0 && name.empty(); }
  void encode(ByteWriter& to) const {
    to.varint(count);
    to.text(name);
  }
  bool decode(ByteReader& from, std::uint32_t version) {
    count = from.varint();
    if (version >= 2) name = from.text();
    return version <= kVersion && from.ok();
  }
  void merge(Visits& other) {
    count += other.count;
    if (name.empty()) name = other.name;
  }
  std::size_t heap_bytes() const { return name.capacity() > 15 ? name.capacity() : 0; }
};

struct Table {
  Table() {
    auto made = std::make_unique<KeyedState<Visits>>();
    visits = made.get();
    table.add_column(3, std::move(made));
    auto list = std::make_unique<KeyedState<TimerList>>();
    timers = list.get();
    table.add_column(0, std::move(list));
  }
  ProfileTable table;
  KeyedState<Visits>* visits;
  KeyedState<TimerList>* timers;
};

std::string record_of(const Table& table, Slot slot) {
  std::string bytes;
  table.table.encode(slot, bytes);
  return bytes;
}

TEST(ProfileTable, RecordsComeBackAsTheyWere) {
  Table from;
  const Slot slot = from.table.add(7);
  (*from.visits)[slot] = {300, "ann"};
  (*from.timers)[slot].set(5, from_millis(1000));
  Table to;
  const Slot other = to.table.add(7);
  ASSERT_TRUE(to.table.decode(other, record_of(from, slot)));
  EXPECT_EQ((*to.visits)[other].count, 300U);
  EXPECT_EQ((*to.visits)[other].name, "ann");
  EXPECT_EQ((*to.timers)[other].next(), from_millis(1000));
  EXPECT_EQ(record_of(to, other), record_of(from, slot));
}

// These bytes are on users' disks.
TEST(ProfileTable, OpensWhatItWroteBefore) {
  // format 1; column 3+1, version 2, 6 bytes: 300 visits by "ann".
  const std::string now(
      "\x01\x04\x02\x06\xac\x02\x03"
      "ann",
      10);
  // The same by the first version of the state, and a column 8 that no operator asks for any more.
  const std::string before("\x01\x04\x01\x02\xac\x02\x09\x01\x03xyz", 12);
  Table table;
  const Slot slot = table.table.add(1);
  ASSERT_TRUE(table.table.decode(slot, now));
  EXPECT_EQ((*table.visits)[slot].name, "ann");
  EXPECT_EQ(record_of(table, slot), now);
  const Slot older = table.table.add(2);
  ASSERT_TRUE(table.table.decode(older, before));
  EXPECT_EQ((*table.visits)[older].count, 300U);
  EXPECT_EQ((*table.visits)[older].name, "");
}

TEST(ProfileTable, RefusesDamagedRecordsAndStaysEmpty) {
  Table from;
  const Slot slot = from.table.add(7);
  (*from.visits)[slot] = {300, "somebody"};
  (*from.timers)[slot].set(5, from_millis(1000));
  const std::string good = record_of(from, slot);
  for (std::size_t size = 1; size < good.size(); ++size) {
    Table to;
    const Slot other = to.table.add(7);
    // A record may end behind any column: it is then a good record of less.
    if (to.table.decode(other, std::string_view(good).substr(0, size))) continue;
    EXPECT_TRUE((*to.visits)[other].empty()) << size;
    EXPECT_TRUE((*to.timers)[other].empty()) << size;
  }
  Table to;
  const Slot other = to.table.add(7);
  EXPECT_FALSE(to.table.decode(other, "\x02"));
  EXPECT_FALSE(to.table.decode(other, ""));
}

TEST(ProfileTable, MergesEveryColumnAndFreesTheSlot) {
  Table table;
  const Slot into = table.table.add(1);
  const Slot from = table.table.add(2);
  (*table.visits)[into] = {3, ""};
  (*table.visits)[from] = {4, "bob"};
  (*table.timers)[into].set(1, from_millis(50));
  (*table.timers)[from].set(1, from_millis(20));
  (*table.timers)[from].set(2, from_millis(70));
  table.table.merge(into, from);
  table.table.remove(from);
  EXPECT_EQ((*table.visits)[into].count, 7U);
  EXPECT_EQ((*table.visits)[into].name, "bob");
  EXPECT_EQ((*table.timers)[into].next(), from_millis(20));
  EXPECT_EQ((*table.timers)[into].entries.size(), 2U);
  EXPECT_EQ(table.table.find(2), kNoSlot);
  EXPECT_EQ(table.table.add(9), from);
  EXPECT_TRUE((*table.visits)[from].empty());
}

TEST(ProfileTable, TellsEachChangedProfileOnce) {
  Table table;
  const Slot one = table.table.add(1);
  const Slot two = table.table.add(2);
  table.table.touch(one, 1);
  table.table.touch(two, 1);
  table.table.touch(one, 2);
  table.table.remove(two);
  EXPECT_EQ(table.table.take_dirty(), std::vector<Slot>{one});
  EXPECT_TRUE(table.table.take_dirty().empty());
  table.table.touch(one, 3);
  EXPECT_TRUE(table.table.dirty(one));
}

TEST(ColumnNumbers, StayWithTheirNames) {
  ColumnNumbers numbers;
  EXPECT_EQ(numbers.add("a.x"), 0U);
  EXPECT_EQ(numbers.add("b.x"), 1U);
  std::string bytes;
  numbers.encode(bytes);
  ColumnNumbers later;
  ASSERT_TRUE(later.decode(bytes));
  EXPECT_EQ(later.add("c.x"), 2U);
  EXPECT_EQ(later.add("b.x"), 1U);
  EXPECT_FALSE(later.decode("\x05"));
}

TEST(TimerList, HoldsOneTimerForEachId) {
  TimerList list;
  list.set(1, from_millis(30));
  list.set(2, from_millis(20));
  list.set(1, from_millis(10));
  EXPECT_EQ(list.entries.size(), 2U);
  EXPECT_EQ(list.next(), from_millis(10));
  list.set(1, kNever);
  EXPECT_EQ(list.next(), from_millis(20));
  EXPECT_EQ(list.pop().id, 2);
  EXPECT_EQ(list.next(), kNever);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace millrace
