#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kNeeds = "needs: {analytics: true, advertising: false}\nkey: 0123456789abcdef\n";

Outcome push(const std::string& policy, const EventBuilder& event) {
  return OperatorUnderTest("consent", kNeeds + "policy: " + policy, {.reads = {"properties.total"}})
      .push(event);
}

EventBuilder refusing(EventBuilder event = page().anonymous("a")) {
  return event.with("context.privacy.gpc", true).with("properties.total", "12");
}

TEST(ConsentGate, StoresWhatNobodyObjectsTo) {
  const std::string policy = "[{signal: gpc, purpose: analytics, then: drop}]";
  EXPECT_EQ(push(policy, page()).verdict, "keep");
  EXPECT_EQ(push("[]", refusing()).verdict, "keep");
}

TEST(ConsentGate, DropsWithTheSignalAsTheReason) {
  EXPECT_EQ(push("[{signal: gpc, purpose: analytics, then: drop}]", refusing()).verdict,
            "drop(consent_denied:gpc)");
  EXPECT_EQ(push("[{signal: 'category:Ads', purpose: analytics, then: drop}]",
                 page().with("context.consent.categoryPreferences.\"Ads\"", false))
                .verdict,
            "drop(consent_denied:category:Ads)");
}

TEST(ConsentGate, AnonymisesAndKeeps) {
  const std::string policy = "[{signal: gpc, purpose: analytics, then: anonymise}]";
  const Outcome outcome = push(policy, refusing());
  EXPECT_EQ(outcome.verdict, "keep");
  EXPECT_THAT(outcome.wrote.at("anonymous_id"), StartsWith("anonymous-"));
  EXPECT_EQ(outcome.wrote.size(), 1u);
  for (const auto& call : {identify("42"), group("g"), alias("a", "42")})
    EXPECT_EQ(push(policy, refusing(call)).verdict, "drop(consent_anonymised:gpc)");
}

TEST(ConsentGate, TakesTheFirstRowThatFits) {
  const std::string policy =
      "[{signal: gpc, purpose: analytics, then: store, sources: [site]},"
      " {signal: gpc, purpose: analytics, then: drop},"
      " {signal: dnt, purpose: analytics, then: anonymise}]";
  EXPECT_EQ(push(policy, refusing()).verdict, "keep");
  EXPECT_TRUE(push(policy, refusing().with("context.privacy.dnt", true)).wrote.empty());
  EXPECT_EQ(push(policy, refusing().source("app")).verdict, "drop(consent_denied:gpc)");
}

TEST(ConsentGate, LeavesOutPurposesThatTheTopologyDoesNotHave) {
  EXPECT_EQ(push("[{signal: gpc, purpose: advertising, then: drop}]", refusing()).verdict, "keep");
}

TEST(ConsentGate, AsksForConsentWhereTheRowDoes) {
  const std::string policy =
      "[{signal: ad_user_data, purpose: analytics, then: drop, when: not_granted}]";
  EXPECT_EQ(push(policy, page()).verdict, "drop(consent_denied:ad_user_data)");
  EXPECT_EQ(push(policy, page().with("context.consent.ad_user_data", "granted")).verdict, "keep");
}

TEST(ConsentGate, ReportsWhatIsWrongWithItsPolicy) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"{signal: gcp, purpose: analytics, then: drop}", "is no signal", ":4:"},
      {"{signal: gpc, purpose: analytic, then: drop}", "did you mean 'analytics'?", ":4:"},
      {"{signal: gpc, purpose: analytics, then: drop, when: not_granted}",
       "gpc only ever denies",
       ":4:"},
      {"{signal: dnt, purpose: analytics, then: drop, sources: [site]}",
       "never decides: row 1 says of the same signal and purpose what to do",
       ":4:"},
      {"{signal: gpc, purpose: analytics}", "then", ":4:"},
  };
  for (const auto& [row, problem, place] : cases)
    EXPECT_THAT(OperatorUnderTest::problems(
                    "consent",
                    "needs: {analytics: true}\npolicy:\n- {signal: dnt, purpose: analytics, then: "
                    "store}\n- " +
                        row),
                AllOf(HasSubstr(problem), HasSubstr(place)))
        << row;
  EXPECT_THAT(
      OperatorUnderTest::problems(
          "consent", "needs: {a: true}\npolicy: [{signal: gpc, purpose: a, then: anonymise}]"),
      HasSubstr("at least 16 characters"));
}

}  // namespace
}  // namespace millrace
