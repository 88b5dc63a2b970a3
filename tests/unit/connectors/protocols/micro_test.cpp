#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct MicroWorld : CollectingWorld {
  explicit MicroWorld(std::uint32_t most = 100)
      : CollectingWorld(keeping(most), admission::Keys::development()) {}

  static admission::CollectConfig keeping(std::uint32_t most) {
    admission::CollectConfig config;
    config.micro_events = most;
    return config;
  }
  void send(const std::string& events) {
    ask({.target = "/com.snowplowanalytics.snowplow/tp2",
         .body = R"({"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",)"
                 R"("data":[)" +
                 events + "]}"});
  }
  std::string tell(const std::string& path, const std::string& filter = {}) {
    return ask({.method = filter.empty() ? Method::kGet : Method::kPost,
                .target = path,
                .body = filter,
                .headers = {{"host", "localhost"}}})
        .body;
  }
};

constexpr auto kPage = R"({"e":"pv","eid":"1","uid":"u","aid":"shop","page":"P"})";
constexpr auto kStruct = R"({"e":"se","eid":"2","uid":"u","se_ca":"c","se_ac":"a"})";
constexpr auto kBad = R"({"e":"xx"})";

TEST(Micro, CountsWhatCame) {
  MicroWorld world;
  EXPECT_EQ(world.tell("/micro/all"), R"({"total":0,"good":0,"bad":0})");
  world.send(std::string(kPage) + "," + kBad);
  EXPECT_EQ(world.tell("/micro/all"), R"({"total":2,"good":1,"bad":1})");
  EXPECT_EQ(world.tell("/micro/reset"), R"({"total":0,"good":0,"bad":0})");
  EXPECT_EQ(world.tell("/micro/good"), "[]");
}

TEST(Micro, TellsAGoodEventAsItCameAndAsItIsKept) {
  MicroWorld world;
  world.send(kPage);
  EXPECT_THAT(
      world.tell("/micro/good"),
      AllOf(
          HasSubstr(R"("api":{"vendor":"com.snowplowanalytics.snowplow","version":"tp2"})"),
          HasSubstr(R"("parameters":{"e":"pv","eid":"1","uid":"u","aid":"shop","page":"P"})"),
          HasSubstr(R"("eventType":"page_view")"),
          HasSubstr(R"("schema":"iglu:com.snowplowanalytics.snowplow/page_view/jsonschema/1-0-0")"),
          HasSubstr(R"("contexts":[])"),
          HasSubstr(R"("event":{"messageId":"1","userId":"u","type":"page")")));
}

TEST(Micro, TellsWhyAnEventIsBad) {
  MicroWorld world;
  world.send(kBad);
  EXPECT_THAT(world.tell("/micro/bad"),
              AllOf(HasSubstr(R"("parameters":{"e":"xx"})"),
                    HasSubstr(R"("errors":["unknown_event_type: e is \"xx\")")));
  world.send("");
  EXPECT_THAT(world.tell("/micro/bad", R"({"limit":1})"), HasSubstr("bad_payload"));
  EXPECT_EQ(world.tell("/micro/all"), R"({"total":2,"good":0,"bad":2})");
}

TEST(Micro, FindsByFilters) {
  MicroWorld world;
  world.send(std::string(kPage) + "," + kStruct + "," + kBad);
  EXPECT_THAT(world.tell("/micro/good", R"({"event_type":"struct"})"),
              AllOf(HasSubstr(R"("eid":"2")"), Not(HasSubstr(R"("eid":"1")"))));
  EXPECT_THAT(
      world.tell("/micro/good", R"({"schema":"iglu:com.google.analytics/event/jsonschema/1-0-0"})"),
      AllOf(HasSubstr(R"("eid":"2")"), Not(HasSubstr(R"("eid":"1")"))));
  EXPECT_EQ(world.tell("/micro/good", R"({"contexts":["iglu:com.acme/c/jsonschema/1-0-0"]})"),
            "[]");
  EXPECT_EQ(world.tell("/micro/bad", R"({"vendor":"com.acme"})"), "[]");
  EXPECT_THAT(world.tell("/micro/good", R"({"limit":1})"),
              AllOf(HasSubstr(R"("eid":"2")"), Not(HasSubstr(R"("eid":"1")"))));
  EXPECT_THAT(world.tell("/micro/good", "[]"), HasSubstr("bad_filter"));
}

TEST(Micro, KeepsTheLastOnesAndCountsAll) {
  MicroWorld world(1);
  world.send(std::string(kPage) + "," + kStruct);
  EXPECT_THAT(world.tell("/micro/good"), Not(HasSubstr(R"("eid":"1")")));
  EXPECT_EQ(world.tell("/micro/all"), R"({"total":2,"good":2,"bad":0})");
}

TEST(Micro, ForgetsWhatIsToBeSentAgain) {
  MicroWorld world;
  world.intake.room = false;
  world.send(kPage);
  EXPECT_EQ(world.tell("/micro/all"), R"({"total":0,"good":0,"bad":0})");
}

TEST(Micro, IsNotThereUnlessAskedFor) {
  MicroWorld world(0);
  EXPECT_THAT(world.tell("/micro/all"), HasSubstr("no_such_path"));
}

}  // namespace
}  // namespace millrace::protocols
