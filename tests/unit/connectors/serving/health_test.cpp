#include "connectors/serving/health.hpp"

#include "engine/metrics/exposition.hpp"
#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using ::testing::HasSubstr;

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() {
    add_health_routes(routes_,
                      {{.name = "journal", .fault = [this] { return journal_; }},
                       {.name = "sink", .required = false, .fault = [this] { return sink_; }}});
  }

  std::optional<std::string> journal_;
  std::optional<std::string> sink_;
  http::Routes routes_;
};

TEST_F(HealthTest, AllWellIsReady) {
  for (const char* const path : {"/readyz", "/healthz"}) {
    const auto answer = ask(routes_, path);
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(answer.response.body,
              R"({"ready":true,"checks":[{"name":"journal","ok":true,"required":true},)"
              R"({"name":"sink","ok":true,"required":false}]})");
  }
}

TEST_F(HealthTest, AJournalThatCannotBeWrittenIsNotReadyAndSaysWhy) {
  journal_ = "the disk is full";
  const auto answer = ask(routes_, "/readyz");
  EXPECT_EQ(answer.response.status, 503);
  EXPECT_THAT(answer.response.body, HasSubstr(R"("ready":false)"));
  EXPECT_THAT(answer.response.body, HasSubstr("the disk is full"));
  EXPECT_EQ(ask(routes_, "/livez").response.status, 200);
}

TEST_F(HealthTest, ADeadSinkIsShownAndDoesNotHinder) {
  sink_ = "nobody answers";
  const auto answer = ask(routes_, "/readyz");
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_THAT(answer.response.body, HasSubstr("nobody answers"));
}

TEST(MetricsRouteTest, ServesWhatPrometheusScrapes) {
  Metrics metrics;
  metrics.counter("events", "Events.").add(3);
  http::Routes routes;
  add_metrics_route(routes, metrics);
  const auto answer = ask(routes, "/metrics");
  EXPECT_EQ(answer.response.content_type, kExpositionContentType);
  EXPECT_THAT(answer.response.body, HasSubstr("millrace_events_total 3\n"));
}

}  // namespace
}  // namespace millrace::serving
