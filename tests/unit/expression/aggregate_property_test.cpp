#include "engine/base/codec.hpp"
#include "tests/unit/expression/history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace millrace::expression {
namespace {

// A world with a program for each model.
struct Modelled {
  explicit Modelled(std::size_t entries_max = 256) : world(entries_max) {
    for (const Model& model : all) programs.push_back(world.compiled(model.text));
  }

  // Compares everything at `now` with a look at every event.
  void expect_all(const std::vector<Happened>& events, std::int64_t now) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto got = number_in(world.read(programs[i], at(now)).value);
      const auto wanted = all[i].expected(events, now);
      if (got != wanted) {
        RC_FAIL(fmt::format("{} at {}: got {}, expected {}",
                            all[i].text,
                            now,
                            got ? fmt::format("{}", *got) : "missing",
                            wanted ? fmt::format("{}", *wanted) : "missing"));
      }
    }
  }

  std::string encoded() const {
    std::string bytes;
    ByteWriter writer(bytes);
    world.state.encode(world.catalog.aggregates, writer);
    return bytes;
  }

  World world;
  std::vector<Model> all = models();
  std::vector<Program> programs;
};

TEST(AggregateProperty, EqualsALookAtEveryEvent) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    Modelled modelled;
    std::vector<Happened> before;
    for (const Happened& one : random_history(random, random.below(60))) {
      happen(modelled.world, one);
      before.push_back(one);
      modelled.expect_all(before, one.now);
      // Time goes on with no event coming.
      modelled.expect_all(before, one.now + static_cast<std::int64_t>(random.below(90)));
      if (random.chance(0.1))
        modelled.world.state.expire(modelled.world.catalog.aggregates, at(one.now));
    }
  }));
}

TEST(AggregateProperty, MergingIsAsIfAllHadComeToOne) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    Modelled one, other;
    const auto history = random_history(random, random.below(60));
    std::int64_t now = 0;
    for (const Happened& event : history) {
      happen(random.chance(0.5) ? one.world : other.world, event);
      now = event.now;
    }
    one.world.state.merge(one.world.catalog.aggregates, other.world.state, at(now));
    for (std::int64_t later = now; later < now + 90; later += 7) {
      for (std::size_t i = 0; i < one.all.size(); ++i) {
        // Of two values at the same instant, either may be the first or the last.
        if (one.all[i].function == 'F' || one.all[i].function == 'L') continue;
        RC_ASSERT(number_in(one.world.read(one.programs[i], at(later)).value) ==
                  one.all[i].expected(history, later));
      }
    }
  }));
}

TEST(AggregateProperty, AnEncodingInBetweenChangesNothing) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    Modelled straight(16), interrupted(16);
    for (const Happened& event : random_history(random, random.below(120))) {
      happen(straight.world, event);
      happen(interrupted.world, event);
      if (!random.chance(0.2)) continue;
      const std::string bytes = interrupted.encoded();
      RC_ASSERT(bytes == straight.encoded());
      ByteReader reader(bytes);
      RC_ASSERT(interrupted.world.state.decode(interrupted.world.catalog.aggregates, reader));
      RC_ASSERT(reader.done());
      RC_ASSERT(interrupted.encoded() == bytes);
    }
    RC_ASSERT(straight.encoded() == interrupted.encoded());
  }));
}

TEST(AggregateProperty, HostileBytesAreRefusedOrHarmless) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    Modelled modelled(16);
    for (const Happened& event : random_history(random, 5 + random.below(60)))
      happen(modelled.world, event);
    std::string bytes = modelled.encoded();
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i)
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    bytes.resize(random.chance(0.3) ? random.below(bytes.size()) : bytes.size());
    ByteReader reader(bytes);
    const bool sound = modelled.world.state.decode(modelled.world.catalog.aggregates, reader);
    RC_ASSERT(sound || modelled.world.state.empty());
    for (const Happened& event : random_history(random, 30)) happen(modelled.world, event);
    for (const Program& program : modelled.programs) modelled.world.read(program, at(500));
    modelled.world.state.expire(modelled.world.catalog.aggregates, at(1000));
    modelled.encoded();
  }));
}

TEST(AggregateProperty, CoarseWindowsAreOffByATinyPartOfTheirEdge) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    World world;
    constexpr std::int64_t kWindow = 64'000;
    const Program recent = world.compiled("count(buy, 64s)"),
                  spent = world.compiled("sum(buy.amount, 64s)");
    const Program ever = world.compiled("count(buy)"), total = world.compiled("sum(buy.amount)");
    std::vector<Happened> history;
    std::int64_t now = 0;
    const std::int64_t step = 1 + static_cast<std::int64_t>(random.below(200));
    for (int i = 0; i < 2000; ++i) {
      now += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(step)));
      const Happened one{
          random.chance(0.2) ? now - static_cast<std::int64_t>(random.below(kWindow)) : now,
          now,
          false,
          1,
          "s"};
      history.push_back(one);
      happen(world, one);
      if (i % 100 != 0) continue;
      const auto read = [&](const Program& program) {
        return *number_in(world.read(program, at(now)).value);
      };
      const auto true_count = [&](std::int64_t window) {
        return *Model{"", 'c', window}.expected(history, now);
      };
      RC_ASSERT(read(recent) >= true_count(kWindow));
      RC_ASSERT(read(recent) <= true_count(kWindow + kWindow / 64));
      RC_ASSERT(read(spent) == read(recent));
      RC_ASSERT(read(ever) == i + 1);
      RC_ASSERT(read(total) == i + 1);
      RC_ASSERT(world.state.memory_bytes() < 13'000u);
    }
  }));
}

}  // namespace
}  // namespace millrace::expression
