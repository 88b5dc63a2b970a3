#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

const Surroundings kShop{.events = {{"purchase", "Order Completed"}}, .before = {{"features", ""}}};
constexpr std::string_view kYaml =
    "{k: 2, profiles_min: 10, features: [{value: monetary, transform: log1p}]}";

EventBuilder order(ProfileId profile, double revenue) {
  return track("Order Completed").profile(profile).with("properties.revenue", revenue);
}

double cluster_of(OperatorUnderTest& clusters, ProfileId profile) {
  Lane& lane = clusters.lane();
  lane.facts().point(lane.table().find(profile), nullptr);
  const Value value = lane.facts().cluster();
  return value.is(ValueKind::kNumber) ? value.number() : -1;
}

// Twenty who spend little, and ten who spend much.
void populate(OperatorUnderTest& clusters) {
  for (ProfileId profile = 1; profile <= 30; ++profile)
    clusters.push(order(profile, profile <= 20 ? 10 : 5000));
}

TEST(Cluster, GroupsProfilesAtTheirNextEventAfterTheDelay) {
  OperatorUnderTest clusters("cluster", std::string(kYaml), kShop);
  populate(clusters);
  clusters.epoch();
  clusters.push(page().profile(1));
  EXPECT_EQ(cluster_of(clusters, 1), -1);
  clusters.epoch();
  EXPECT_EQ(cluster_of(clusters, 1), -1);
  clusters.push(page().profile(1));
  clusters.push(page().profile(25));
  EXPECT_EQ(cluster_of(clusters, 1), 1);
  EXPECT_EQ(cluster_of(clusters, 25), 2);
  EXPECT_EQ(cluster_of(clusters, 2), -1);
  EXPECT_EQ(clusters.show(25).sections.at("cluster").at("number"), "2");
  EXPECT_FALSE(clusters.show(2).sections.contains("cluster"));
  clusters.push(order(1, 100'000));
  EXPECT_EQ(cluster_of(clusters, 1), 2);
  EXPECT_EQ(clusters.counter("moved"), 1u);
}

TEST(Cluster, WaitsForEnoughProfiles) {
  OperatorUnderTest clusters("cluster", std::string(kYaml), kShop);
  for (ProfileId profile = 1; profile < 10; ++profile)
    clusters.push(order(profile, static_cast<double>(profile)));
  clusters.epoch();
  clusters.epoch();
  clusters.push(page().profile(1));
  EXPECT_EQ(cluster_of(clusters, 1), -1);
}

TEST(Cluster, IsReadByRules) {
  Surroundings around = kShop;
  around.before.emplace_back("cluster", std::string(kYaml));
  OperatorUnderTest rules("rules", "segments: {rich: cluster() == 2}", around);
  populate(rules);
  rules.epoch();
  rules.epoch();
  EXPECT_EQ(rules.push(page().profile(25)).said,
            (SaidList{{Said::Kind::kEnter, "rich", rules.now(), 25}}));
  EXPECT_EQ(rules.push(page().profile(5)).said, SaidList{});
}

TEST(Cluster, LooksAgainOnceAnHourWhereTimeAloneChangesAProfile) {
  OperatorUnderTest clusters(
      "cluster", "{k: 2, profiles_min: 10, features: [since(purchase)]}", kShop);
  for (ProfileId profile = 1; profile <= 20; ++profile) clusters.push(order(profile, 1));
  clusters.advance(100h);
  for (ProfileId profile = 21; profile <= 50; ++profile) clusters.push(order(profile, 1));
  clusters.epoch();
  clusters.epoch();
  clusters.push(page().profile(50));
  const double bought_now = cluster_of(clusters, 50);
  clusters.advance(99h);
  clusters.push(page().profile(50));
  EXPECT_NE(cluster_of(clusters, 50), bought_now);
}

TEST(Cluster, GoesOnAfterARestart) {
  OperatorUnderTest clusters("cluster", std::string(kYaml), kShop);
  populate(clusters);
  clusters.epoch();
  clusters.epoch();
  clusters.push(page().profile(1));
  clusters.restart();
  EXPECT_EQ(cluster_of(clusters, 1), 1);
  clusters.push(page().profile(25));
  EXPECT_EQ(cluster_of(clusters, 25), 2);
}

TEST(Cluster, ExplainsWhatIsWrong) {
  const auto problems = [](std::string yaml, const Surroundings& around) {
    return OperatorUnderTest::problems("cluster", std::move(yaml), around);
  };
  EXPECT_THAT(problems("features: [monetary, monetray]", kShop),
              AllOf(HasSubstr("test.yaml:1:22: error: unknown name 'monetray' in "
                              "nodes.cluster.features[1] (did you mean 'monetary'?)"),
                    HasSubstr("^^^^^^^^")));
  EXPECT_THAT(problems("features: ['frequency > 3']", kShop),
              HasSubstr("expected a number, got bool"));
  EXPECT_THAT(problems("", {}), HasSubstr("there is nothing to compare profiles by"));
  EXPECT_EQ(problems("", kShop), "");
}

}  // namespace
}  // namespace millrace
