#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::HasSubstr;

const Surroundings kShop = {.events = {{"purchase", "Order Completed"}, {"search", "Searched"}}};

// An operator that holds `properties.p` of purchases to a rule.
std::unique_ptr<OperatorUnderTest> rule(const std::string& yaml) {
  return std::make_unique<OperatorUnderTest>(
      "validate", "events: {purchase: {properties.p: " + yaml + "}}", kShop);
}

EventBuilder purchase() { return track("Order Completed"); }

template <class T>
EventBuilder with_p(const T& value) {
  return purchase().with("properties.p", value);
}

struct RuleCase {
  std::string yaml;
  EventBuilder event;
  std::string verdict;
  std::string detail;
};

TEST(Validate, HoldsPropertiesToTheirRules) {
  const RuleCase cases[] = {
      {"{}", purchase(), "keep", ""},
      {"{required: true}", with_p(0), "keep", ""},
      {"{required: true}",
       purchase(),
       "reject(validate:missing_property)",
       "purchase: properties.p is required and missing"},
      {"{required: true}", with_p(nullptr), "reject(validate:missing_property)", ""},
      {"{type: string}", purchase(), "keep", ""},
      {"{type: string}", with_p("x"), "keep", ""},
      {"{type: string}",
       with_p(5),
       "reject(validate:wrong_type)",
       "purchase: properties.p must be a string, not 5"},
      {"{type: number}", with_p(1.5), "keep", ""},
      {"{type: number}",
       with_p("1.5"),
       "reject(validate:wrong_type)",
       "purchase: properties.p must be a number, not '1.5'"},
      {"{type: integer}", with_p(-3), "keep", ""},
      {"{type: integer}",
       with_p(1.5),
       "reject(validate:wrong_type)",
       "must be a whole number, not 1.5"},
      {"{type: boolean}", with_p(true), "keep", ""},
      {"{type: boolean}", with_p(1), "reject(validate:wrong_type)", ""},
      {"{type: number}", with_p(true), "reject(validate:wrong_type)", "not true"},
      {"{type: time}", with_p("2026-11-21T20:54:37Z"), "keep", ""},
      {"{type: time}", with_p("tomorrow"), "reject(validate:wrong_type)", "'tomorrow'"},
      {"{type: list_or_object}", with_p("[]"), "reject(validate:wrong_type)", ""},
      {"{min: 0, max: 10}", with_p(0), "keep", ""},
      {"{min: 0, max: 10}", with_p(10), "keep", ""},
      {"{min: 0}",
       with_p(-0.5),
       "reject(validate:out_of_range)",
       "purchase: properties.p must be at least 0, not -0.5"},
      {"{max: 10}", with_p(11), "reject(validate:out_of_range)", "must be at most 10, not 11"},
      {"{max: 10}", with_p("5"), "reject(validate:wrong_type)", "must be a number"},
      {"{one_of: [EUR, USD]}", with_p("USD"), "keep", ""},
      {"{one_of: [EUR, USD]}",
       with_p("eur"),
       "reject(validate:not_allowed)",
       "purchase: properties.p must be one of EUR, USD, not 'eur'"},
      {"{one_of: [EUR]}", with_p(1), "reject(validate:wrong_type)", ""},
      {"{pattern: 'o-[0-9]+'}", with_p("o-12"), "keep", ""},
      {"{pattern: 'o-[0-9]+'}",
       with_p("o-12x"),
       "reject(validate:pattern)",
       "purchase: properties.p must match o-[0-9]+, not 'o-12x'"},
      {"{max_length: 3}", with_p("€€€"), "keep", ""},
      {"{max_length: 3}",
       with_p("€€€€"),
       "reject(validate:too_long)",
       "purchase: properties.p may have 3 characters, not 4"},
  };
  for (const auto& [yaml, event, verdict, detail] : cases) {
    const Outcome outcome = rule(yaml)->push(event);
    EXPECT_EQ(outcome.verdict, verdict) << yaml;
    EXPECT_THAT(outcome.detail, HasSubstr(detail)) << yaml;
  }
}

TEST(Validate, MatchesPatternsInLinearTime) {
  const auto outcome = rule("{pattern: '(a+)+b'}")->push(with_p(std::string(100'000, 'a')));
  EXPECT_EQ(outcome.verdict, "reject(validate:pattern)");
  EXPECT_LT(outcome.detail.size(), 200u) << "long texts are cut";
}

TEST(Validate, LeavesOtherEventsAlone) {
  const auto purchases = rule("{required: true}");
  EXPECT_EQ(purchases->push(track("Searched")).verdict, "keep");
  EXPECT_EQ(purchases->push(track("Never Heard Of")).verdict, "keep");
  EXPECT_EQ(purchases->push(page("Order Completed")).verdict, "keep");
}

TEST(Validate, HoldsOtherKindsToTheirRules) {
  OperatorUnderTest identify_rule(
      "validate", "events: {identify: {traits.email: {required: true}}}", kShop);
  EXPECT_EQ(identify_rule.push(identify("u")).verdict, "reject(validate:missing_property)");
  EXPECT_EQ(identify_rule.push(identify("u").with("traits.email", "a@b.c")).verdict, "keep");
}

TEST(Validate, RejectsUnknownEventsWhereAsked) {
  OperatorUnderTest strict("validate", "{unknown_events: reject, events: {purchase: {}}}", kShop);
  EXPECT_EQ(strict.push(purchase()).verdict, "keep");
  EXPECT_EQ(strict.push(page()).verdict, "keep");
  const auto searched = strict.push(track("Searched"));
  EXPECT_EQ(searched.verdict, "reject(validate:unknown_event)");
  EXPECT_EQ(searched.detail, "'Searched' is not an event of the tracking plan");
}

TEST(Validate, FlagsAndKeepsWhereAsked) {
  OperatorUnderTest soft(
      "validate",
      "{action: flag, unknown_events: reject, events: {purchase: {properties.p: {min: 0}}}}",
      kShop);
  EXPECT_EQ(soft.push(with_p(1)).verdict, "keep");
  EXPECT_EQ(soft.counter("flagged"), 0u);
  EXPECT_EQ(soft.push(with_p(-1)).verdict, "keep");
  EXPECT_EQ(soft.push(track("Searched")).verdict, "keep");
  EXPECT_EQ(soft.counter("flagged"), 2u);
}

TEST(Validate, ReportsWhatIsWrongWithItsConfiguration) {
  const std::pair<std::string, std::string> cases[] = {
      {"events: {purchas: {}}", "there is no event 'purchas'"},
      {"events: {purchas: {}}", "did you mean 'purchase'?"},
      {"events: {purchase: {'a..b': {}}}", "'a..b' is not the path of a property"},
      {"events: {purchase: {p: {pattern: '('}}}", "is not a regular expression"},
      {"events: {purchase: {p: {min: 2, max: 1}}}", "is smaller than min"},
      {"events: {purchase: {p: {type: string, min: 1}}}", "min and max are for numbers"},
      {"events: {purchase: {p: {type: number, max_length: 1}}}", "are for strings"},
      {"events: {purchase: {p: {min: 1, pattern: x}}}", "no value is both a number and a string"},
      {"events: {purchase: {p: {type: text}}}", "type"},
      {"action: drop", "action"},
  };
  for (const auto& [yaml, problem] : cases)
    EXPECT_THAT(OperatorUnderTest::problems("validate", yaml, kShop), HasSubstr(problem)) << yaml;
}

}  // namespace
}  // namespace millrace
