#include "engine/operator/lane_expression.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace millrace {
namespace {

using expression::Type;

// A planning lane of a topology with the events purchase and view, the derived session_start and
// the segment loyal.
class LaneExpression : public testing::Test, public FactSource {
 protected:
  LaneExpression() : lane_(catalog_, numbers_, &problems_) {
    catalog_.declare_event("purchase", catalog_.names.add("Order Completed"));
    catalog_.declare_event("view", catalog_.names.add("Product Viewed"));
    catalog_.names.add_derived("session_start");
    catalog_.declare_segment("loyal");
    lane_.begin_node("node");
    for (const Fact fact : {Fact::kAggregates, Fact::kTraits, Fact::kCluster})
      EXPECT_TRUE(lane_.facts().provide(fact, *this));
  }

  bool trait_moves(NameId trait) const override {
    return catalog_.expressions.traits.text(trait) == "mood";
  }

  expression::Program compiled(const std::string& text) {
    auto made = compile(lane_, {text, {}}, "when", catalog_.environment(), Type::kAny);
    EXPECT_TRUE(made) << (problems_.empty() ? "" : problems_.back().what);
    return made ? std::move(*made) : expression::Program();
  }

  // The names of events that may change an expression, of all that there are.
  std::set<std::string> changes(const std::string& text) {
    EventIndex index(70);
    index.add(68, compiled(text), lane_);
    index.finish(catalog_);
    std::set<std::string> names;
    for (std::size_t name = 0; name < catalog_.names.size(); ++name) {
      Event event;
      event.name = static_cast<NameId>(name);
      const auto bits = index.at(event);
      EXPECT_EQ(bits.size(), 2u);
      EXPECT_EQ(bits[0], 0u);
      if (bits[1] == 1u << 4) names.insert(std::string(catalog_.names.text(event.name)));
    }
    return names;
  }

  Catalog catalog_;
  ColumnNumbers numbers_;
  config::Problems problems_;
  Lane lane_;
};
using Names = std::set<std::string>;

const Names kSent = {
    "", "page", "screen", "identify", "group", "alias", "Order Completed", "Product Viewed"};

TEST_F(LaneExpression, ChangesAtTheEventsThatItCounts) {
  EXPECT_EQ(changes("count(purchase, 1d) > 1 and since(view) < 3d"),
            (Names{"Order Completed", "Product Viewed"}));
  EXPECT_EQ(changes("count(session_start) > 1"), Names{"session_start"});
  EXPECT_EQ(changes("age() > 1d"), Names{});
}

TEST_F(LaneExpression, ChangesAtWhateverACustomerDoesWhereItCountsAll) {
  EXPECT_EQ(changes("count(any, 1d) > 1"), kSent);
}

TEST_F(LaneExpression, ChangesWithTraitsAndSegments) {
  EXPECT_EQ(changes("profile.plan == \"gold\""), Names{"identify"});
  EXPECT_EQ(changes("in(loyal)"), (Names{"enter(loyal)", "exit(loyal)"}));
}

TEST_F(LaneExpression, ChangesAtEveryEventWhereNoNameTells) {
  Names all = kSent;
  all.insert({"session_start", "enter(loyal)", "exit(loyal)"});
  EXPECT_EQ(changes("cluster() == 1"), all);
  EXPECT_EQ(changes("profile.mood == \"good\""), all);
}

TEST_F(LaneExpression, MovesWithTimeWhereItHasAWindowOrAnAge) {
  const auto moves = [&](const std::string& text) {
    return moves_with_time(compiled(text), catalog_.expressions.aggregates);
  };
  EXPECT_TRUE(moves("count(purchase, 1d) > 1"));
  EXPECT_TRUE(moves("sum(purchase.revenue, 1d)"));
  EXPECT_TRUE(moves("since(purchase) > 1d"));
  EXPECT_TRUE(moves("age() > 1d"));
  EXPECT_FALSE(moves("count(purchase) > 1"));
  EXPECT_FALSE(moves("profile.plan == \"gold\" and in(loyal)"));
}

TEST_F(LaneExpression, IsRefusedWhereNobodyKeepsWhatItReads) {
  EXPECT_FALSE(compile(lane_, {"consent(ads)", {}}, "when", catalog_.environment(), Type::kBool));
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].path, "nodes.node.when");
  EXPECT_EQ(problems_[0].what, "no node before this one keeps consent");
  EXPECT_FALSE(lane_.facts().provide(Fact::kTraits, *this)) << "one keeps them already";
}

TEST_F(LaneExpression, FindsTheTraitsOfIdentifyCalls) {
  compiled("profile.address.city == \"Bern\"");
  EXPECT_EQ(catalog_.projection.fields().back().path, "traits.address.city");
}

}  // namespace
}  // namespace millrace
