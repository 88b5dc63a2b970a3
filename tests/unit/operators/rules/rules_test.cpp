#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

const Surroundings kShop{.events = {{"purchase", "Order Completed"}, {"view", "Product Viewed"}},
                         .before = {{"features", "define: {spend: 'sum(purchase.revenue, 90d)'}"}}};

Said enter(std::string segment, Time time, ProfileId profile = 1) {
  return {Said::Kind::kEnter, std::move(segment), time, profile};
}
Said leave(std::string segment, Time time, ProfileId profile = 1) {
  return {Said::Kind::kExit, std::move(segment), time, profile};
}
EventBuilder order(double revenue = 1) {
  return track("Order Completed").with("properties.revenue", revenue);
}

TEST(Rules, EnterAtTheThirdPurchaseAndLeaveByTimer) {
  OperatorUnderTest rules(
      "rules", "segments: {loyal: {when: 'count(purchase, 30d) >= 3', keep: 90d}}", kShop);
  EXPECT_EQ(rules.push(order()).said, SaidList{});
  rules.advance(10 * 24h);
  EXPECT_EQ(rules.push(order()).said, SaidList{});
  rules.advance(19 * 24h);
  EXPECT_EQ(rules.push(order()).said, SaidList{enter("loyal", kStart + 29 * 24h)});
  // The first purchase leaves the window a day later; ninety days from then on it was last true.
  EXPECT_EQ(rules.advance(91 * 24h - 1ms), SaidList{});
  EXPECT_EQ(rules.advance(1ms), SaidList{leave("loyal", kStart + 120 * 24h)});
}

TEST(Rules, EnterWithoutAnEvent) {
  OperatorUnderTest rules(
      "rules", "segments: {lapsed: 'exists(purchase) and since(purchase) >= 30d'}", kShop);
  rules.push(order());
  rules.advance(29 * 24h);
  EXPECT_EQ(rules.push(order()).said, SaidList{});
  EXPECT_EQ(rules.advance(30 * 24h - 1ms), SaidList{});
  EXPECT_EQ(rules.advance(1ms), SaidList{enter("lapsed", kStart + 59 * 24h)});
  rules.advance(1h);
  EXPECT_EQ(rules.push(order()).said, SaidList{leave("lapsed", kStart + 59 * 24h + 1h)});
}

TEST(Rules, LookAtTheFirstEventWhateverItIs) {
  OperatorUnderTest rules("rules", "segments: {nobody: 'not exists(purchase)'}", kShop);
  EXPECT_EQ(rules.push(page()).said, SaidList{enter("nobody", kStart)});
  EXPECT_EQ(rules.push(page()).said, SaidList{});
  EXPECT_EQ(rules.push(order()).said, SaidList{leave("nobody", kStart)});
}

TEST(Rules, StayInUntilAnotherConditionHolds) {
  OperatorUnderTest rules(
      "rules", "segments: {rich: {when: spend >= 100, until: spend < 50}}", kShop);
  rules.push(order(60));
  rules.advance(24h);
  EXPECT_EQ(rules.push(order(60)).said, SaidList{enter("rich", kStart + 24h)});
  // 60 are left after 90 days, which is less than a hundred and not less than fifty.
  EXPECT_EQ(rules.advance(89 * 24h), SaidList{});
  EXPECT_EQ(rules.advance(24h), SaidList{leave("rich", kStart + 91 * 24h)});
  EXPECT_EQ(rules.push(order(60)).said, SaidList{});
}

TEST(Rules, MakeSegmentsOfSegments) {
  OperatorUnderTest rules("rules",
                          "segments: {buyer: 'count(purchase, 1h) > 0', looker: 'count(view, 2h) > "
                          "0', both: 'in(buyer) and in(looker)', neither: not in(both)}",
                          kShop);
  EXPECT_EQ(rules.push(order()).said, (SaidList{enter("buyer", kStart), enter("neither", kStart)}));
  EXPECT_EQ(rules.push(track("Product Viewed")).said,
            (SaidList{enter("looker", kStart), enter("both", kStart), leave("neither", kStart)}));
  EXPECT_EQ(
      rules.advance(1h),
      (SaidList{
          leave("buyer", kStart + 1h), leave("both", kStart + 1h), enter("neither", kStart + 1h)}));
}

TEST(Rules, ReadSegmentsOfNodesBeforeThem) {
  Surroundings two = kShop;
  two.before.emplace_back("rules", "segments: {buyer: 'count(purchase, 1h) > 0'}");
  OperatorUnderTest rules("rules", "segments: {quiet: not in(buyer)}", two);
  EXPECT_EQ(rules.push(page()).said, SaidList{enter("quiet", kStart)});
  EXPECT_EQ(rules.push(order()).said, SaidList{leave("quiet", kStart)});
  EXPECT_EQ(rules.advance(2h), SaidList{enter("quiet", kStart + 1h)});
}

TEST(Rules, ReadTraits) {
  OperatorUnderTest rules("rules",
                          "segments: {gold: 'profile.plan == \"gold\"', hatter: "
                          "'profile.top_category == \"hats\"'}",
                          kShop);
  EXPECT_EQ(rules.push(identify("42").with("traits.plan", "gold")).said,
            SaidList{enter("gold", kStart)});
  EXPECT_EQ(rules.push(track("Product Viewed").with("properties.category", "hats")).said,
            SaidList{enter("hatter", kStart)});
  EXPECT_EQ(rules.push(identify("42").with("traits.plan", "free")).said,
            SaidList{leave("gold", kStart)});
}

TEST(Rules, NameParts) {
  OperatorUnderTest rules(
      "rules",
      "{let: {n: 'count(purchase, 1h)', many: n >= 2}, segments: {busy: many and n < 4}}",
      kShop);
  EXPECT_EQ(rules.push(order()).said, SaidList{});
  EXPECT_EQ(rules.push(order()).said, SaidList{enter("busy", kStart)});
  EXPECT_EQ(rules.push(order()).said, SaidList{});
  EXPECT_EQ(rules.push(order()).said, SaidList{leave("busy", kStart)});
}

TEST(Rules, TellWhatShouldHappen) {
  OperatorUnderTest rules("rules",
                          "segments: {buyer: {when: 'count(purchase, 1h) > 0', on_enter: {effect: "
                          "greet}, on_exit: {effect: miss}}}",
                          kShop);
  const SaidList greeted = rules.push(order().profile(7)).said;
  ASSERT_EQ(greeted.size(), 2u);
  EXPECT_EQ(greeted[0], enter("buyer", kStart, 7));
  EXPECT_EQ(greeted[1].name, "greet");
  EXPECT_THAT(greeted[1].body, HasSubstr(R"({"segment":"buyer","profile":")"));
  EXPECT_EQ(rules.push(order().profile(7)).said, SaidList{});
  EXPECT_EQ(rules.advance(1h).at(1).name, "miss");
}

TEST(Rules, SeeThatTimePassedThoughNoTickCame) {
  OperatorUnderTest rules("rules", "segments: {buyer: 'count(purchase, 1h) > 0'}", kShop);
  rules.push(order());
  EXPECT_EQ(rules.push(page().received(kStart + 2h)).said, SaidList{leave("buyer", kStart + 2h)});
}

TEST(Rules, MoveASurvivorOnceItIsLookedAt) {
  OperatorUnderTest rules("rules",
                          "segments: {buyer: exists(purchase), twice: 'count(purchase) >= 2', "
                          "looker: not exists(purchase)}",
                          kShop);
  rules.push(order().profile(1));
  rules.push(page().profile(2));
  rules.push(order().profile(3));
  rules.push(page().profile(4));
  EXPECT_EQ(rules.merge(1, 2), SaidList{leave("looker", kStart, 2)});
  EXPECT_EQ(rules.push(page().profile(1)).said, SaidList{});
  EXPECT_EQ(rules.merge(1, 3), SaidList{leave("buyer", kStart, 3)});
  EXPECT_EQ(rules.push(page().profile(1)).said, SaidList{enter("twice", kStart, 1)});
  EXPECT_EQ(rules.merge(4, 1), (SaidList{leave("buyer", kStart, 1), leave("twice", kStart, 1)}));
  EXPECT_EQ(
      rules.push(page().profile(4)).said,
      (SaidList{enter("buyer", kStart, 4), enter("twice", kStart, 4), leave("looker", kStart, 4)}));
}

TEST(Rules, GoOnAfterARestart) {
  OperatorUnderTest rules(
      "rules", "segments: {loyal: {when: 'count(purchase, 1d) >= 2', keep: 2d}}", kShop);
  rules.push(order());
  rules.push(order());
  rules.advance(36h);
  rules.restart();
  EXPECT_EQ(rules.advance(100h), SaidList{leave("loyal", kStart + 72h)});
}

TEST(Rules, ExplainWhatIsWrong) {
  const auto problems = [](std::string yaml) {
    return OperatorUnderTest::problems("rules", std::move(yaml), kShop);
  };
  EXPECT_THAT(problems("segments:\n  a: count(purchas) > 1\n"),
              AllOf(HasSubstr("test.yaml:2:12: error: unknown event 'purchas' in "
                              "nodes.rules.segments.a.when (did you mean 'purchase'?)"),
                    HasSubstr("|            ^^^^^^^\n")));
  EXPECT_THAT(problems("segments: {a: {when: count(purchase)}}"),
              HasSubstr("expected bool, got number"));
  EXPECT_THAT(problems("segments: {a: event.total > 1}"),
              HasSubstr("there is no event at hand here"));
  EXPECT_THAT(problems("segments: {a: in(b), b: exists(purchase)}"),
              HasSubstr("segment 'b' is defined later"));
  EXPECT_THAT(problems("segments: {a: in(a)}"), HasSubstr("a segment cannot read itself"));
  EXPECT_THAT(problems("segments: {a: in(c)}"), HasSubstr("unknown segment 'c'"));
  EXPECT_THAT(problems("segments: {'a b': exists(purchase)}"),
              HasSubstr("a segment's name is made of letters"));
  EXPECT_THAT(problems("{let: {spend: '1'}, segments: {a: spend > 0}}"),
              HasSubstr("the feature 'spend' is defined already"));
  EXPECT_THAT(
      problems("segments: {a: percentile(spend) > 95}"),
      AllOf(HasSubstr("no node before this one knows the population"), HasSubstr("^^^^^^^^^^\n")));
  EXPECT_THAT(problems("segments: {a: cluster() == 1}"),
              HasSubstr("no node before this one clusters profiles"));
  EXPECT_THAT(problems("segments: {a: consent(ads)}"),
              HasSubstr("no node before this one keeps consent"));
  EXPECT_THAT(problems("{}"), HasSubstr("segments"));
}

TEST(Rules, NeedANodeThatRemembersEvents) {
  Surroundings bare = kShop;
  bare.before.clear();
  const std::string text =
      OperatorUnderTest::problems("rules", "segments: {a: 'count(purchase) > 1'}", bare);
  EXPECT_THAT(text,
              AllOf(HasSubstr("test.yaml:1:16: error: this counts events, but no node before this "
                              "one remembers them in nodes.rules.segments.a.when (put a node of "
                              "type features before it)"),
                    HasSubstr("|                ^^^^^^^^^^^^^^^^^^^\n")));
  EXPECT_EQ(OperatorUnderTest::problems("rules", "segments: {a: age() > 1d}", bare), "");
}

TEST(Rules, DefineASegmentOnce) {
  Surroundings two = kShop;
  two.before.emplace_back("rules", "segments: {a: exists(purchase)}");
  EXPECT_THAT(OperatorUnderTest::problems("rules", "segments: {a: exists(view)}", two),
              HasSubstr("a node before this one has a segment 'a' already"));
}

TEST(Rules, ShowSinceWhenAProfileIsInItsSegments) {
  OperatorUnderTest rules(
      "rules", "segments: {buyer: 'count(purchase, 30d) >= 1', rich: 'spend >= 100'}", kShop);
  rules.push(page());
  EXPECT_TRUE(rules.show(1).segments.empty());
  rules.advance(1h);
  rules.push(order());
  const ProfileView view = rules.show(1);
  ASSERT_EQ(view.segments.size(), 1U);
  EXPECT_EQ(view.segments[0].segment, "buyer");
  EXPECT_EQ(view.segments[0].since, kStart + 1h);
  EXPECT_EQ(view.sections.at("features").at("spend"), "1");
}

}  // namespace
}  // namespace millrace
