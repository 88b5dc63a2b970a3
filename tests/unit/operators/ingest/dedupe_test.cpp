#include "engine/base/random.hpp"
#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <tuple>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto kDrop = "drop(duplicate)";

TEST(Dedupe, DropsACopyOfTheSameSourceAndMessageId) {
  OperatorUnderTest dedupe("dedupe");
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(track("Order Completed").message("a")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(page().message("b")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().message("a").source("app")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().message("a").profile(2)).verdict, "keep");
}

TEST(Dedupe, TellsSourceAndMessageIdApart) {
  OperatorUnderTest dedupe("dedupe");
  EXPECT_EQ(dedupe.push(page().source("ab").message("c")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().source("a").message("bc")).verdict, "keep");
}

TEST(Dedupe, RemembersForTheWindowFromTheFirstCopy) {
  OperatorUnderTest dedupe("dedupe", "window: 1h");
  dedupe.push(page().message("a"));
  dedupe.advance(59min);
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, kDrop);
  dedupe.advance(1min);
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, kDrop);
  dedupe.advance(1s);
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, kDrop);
}

TEST(Dedupe, GoesByReceiptAndNotByTheSendersClock) {
  OperatorUnderTest dedupe("dedupe", "window: 1h");
  dedupe.push(page().message("a").at(kStart - 10h));
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, kDrop);
}

TEST(Dedupe, LeavesDerivedEventsAndThoseWithoutAMessageIdAlone) {
  OperatorUnderTest dedupe("dedupe", "", {.segments = {"loyal"}, .derived = {"session_start"}});
  for (const auto& event : {derived("session_start"), entered("loyal"), left("loyal")}) {
    EventBuilder copy = event;
    EXPECT_EQ(dedupe.push(copy.message("a")).verdict, "keep");
    EXPECT_EQ(dedupe.push(copy.message("a")).verdict, "keep");
  }
  EXPECT_EQ(dedupe.push(page().message("")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().message("")).verdict, "keep");
  EXPECT_EQ(dedupe.state(1), "");
}

TEST(Dedupe, FreesItsMemoryWhenTheWindowHasPassed) {
  OperatorUnderTest dedupe("dedupe", "window: 1h");
  for (int i = 0; i < 100; ++i) {
    dedupe.push(page());
    dedupe.advance(1min);
  }
  EXPECT_NE(dedupe.state(1), "");
  EXPECT_LT(dedupe.state(1).size(), 90 * 10u);
  dedupe.advance(2h);
  EXPECT_EQ(dedupe.state(1), "");
  EXPECT_EQ(dedupe.next_timer(1), kNever);
}

TEST(Dedupe, ForgetsTheOldestPastItsBoundAndCountsThem) {
  OperatorUnderTest dedupe("dedupe", "ids_max: 16");
  for (int i = 0; i < 17; ++i) dedupe.push(page().message(std::to_string(i)));
  EXPECT_EQ(dedupe.counter("forgotten"), 1u);
  EXPECT_EQ(dedupe.push(page().message("1")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(page().message("16")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(page().message("0")).verdict, "keep");
  EXPECT_EQ(dedupe.push(page().message("1")).verdict, "keep");
  EXPECT_EQ(dedupe.counter("forgotten"), 3u);
}

TEST(Dedupe, KnowsCopiesOfBothSidesOfAMerge) {
  OperatorUnderTest dedupe("dedupe", "window: 1h");
  dedupe.push(page().profile(1).message("a"));
  dedupe.advance(10min);
  dedupe.push(page().profile(2).message("b"));
  EXPECT_EQ(dedupe.merge(1, 2), SaidList{});
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(page().message("b")).verdict, kDrop);
  dedupe.advance(50min + 1s);
  EXPECT_EQ(dedupe.push(page().message("b")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(page().message("a")).verdict, "keep");
}

TEST(Dedupe, KeepsItsBoundWhenProfilesMerge) {
  OperatorUnderTest dedupe("dedupe", "ids_max: 16");
  for (int i = 0; i < 24; ++i) {
    dedupe.push(page().profile(1 + i % 2).message(std::to_string(i)));
    dedupe.advance(1s);
  }
  dedupe.merge(1, 2);
  EXPECT_EQ(dedupe.counter("forgotten"), 8u);
  EXPECT_EQ(dedupe.push(page().message("8")).verdict, kDrop);
  EXPECT_EQ(dedupe.push(page().message("7")).verdict, "keep");
}

TEST(Dedupe, FindsAnIdWhereverItStands) {
  OperatorUnderTest dedupe("dedupe");
  for (int count = 0; count < 200; ++count) {
    EXPECT_EQ(dedupe.push(page().message(std::to_string(count))).verdict, "keep");
    for (int i = 0; i <= count; i += 7)
      EXPECT_EQ(dedupe.push(page().message(std::to_string(i))).verdict, kDrop) << count;
  }
}

TEST(Dedupe, ExplainsAWrongConfiguration) {
  EXPECT_THAT(OperatorUnderTest::problems("dedupe", "window: 0s"), HasSubstr("test.yaml:1:9"));
  EXPECT_THAT(OperatorUnderTest::problems("dedupe", "windw: 1h"), HasSubstr("mean 'window'"));
  EXPECT_THAT(OperatorUnderTest::problems("dedupe", "ids_max: 15"), HasSubstr("ids_max"));
}

// What was kept, by profile, and when: all that deduplication means.
struct KeptEvents {
  std::map<std::pair<ProfileId, std::string>, Time> kept;

  bool is_copy(ProfileId profile, const std::string& id, Time now, Duration window) {
    const auto at = kept.find({profile, id});
    const Time limit = std::chrono::floor<std::chrono::seconds>(now - window);
    if (at != kept.end() && at->second >= limit) return true;
    kept[{profile, id}] = now;
    return false;
  }
  void merge(ProfileId into, ProfileId from) {
    for (const auto& [key, time] : std::map(kept)) {
      if (key.first != from) continue;
      Time& known = kept.try_emplace({into, key.second}, time).first->second;
      known = std::max(known, time);
      kept.erase(key);
    }
  }
};

TEST(Dedupe, EqualsAListOfAllThatWasKept) {
  const bool holds = rc::check([](std::uint64_t seed) {
    Random random(seed);
    OperatorUnderTest dedupe("dedupe", "window: 1m");
    KeptEvents model;
    for (int step = 0; step < 300; ++step) {
      const ProfileId profile = 1 + random.below(3);
      if (random.chance(0.02)) dedupe.restart();
      if (random.chance(0.3)) dedupe.advance(Duration(random.below(20'000)));
      if (random.chance(0.02) && profile != 1 && dedupe.has(1) && dedupe.has(profile)) {
        dedupe.merge(1, profile);
        model.merge(1, profile);
      } else {
        const std::string id = std::to_string(random.below(30));
        const bool copy = model.is_copy(profile, id, dedupe.now(), 1min);
        RC_ASSERT(dedupe.push(page().profile(profile).message(id)).verdict ==
                  (copy ? kDrop : "keep"));
      }
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace millrace
