#include "tests/unit/operators/ingest/parser_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Time kReceived = *parse_time("2026-11-21T21:00:00Z");

// What became of one hit. Strings of the events point into the body and the batch, both kept here.
struct Parsed {
  std::string body;
  Batch batch;

  const Event& event(std::size_t i = 0) const { return batch.events.at(i); }
  std::string_view reason(std::size_t i = 0) const {
    return batch.rejects.size() > i ? batch.rejects[i].reason : "";
  }
};

struct Setting {
  std::string yaml = "{}";
  std::vector<std::string_view> fields{};
  std::string_view cookie_id{};
  Position position = 5;
  std::string_view source = "web";
  std::string_view endpoint{};
  bool do_not_track = false;
};

std::unique_ptr<Parsed> parse(std::string body, const Setting& setting = {}) {
  ParserUnderTest parser(setting.yaml, setting.fields, {"Order Completed"});
  auto parsed = std::make_unique<Parsed>();
  parsed->body = std::move(body);
  const Hit hit{.received = kReceived,
                .source = setting.source,
                .address = "10.1.2.0",
                .location = {.country = "DE", .asn = "AS3320"},
                .user_agent = "curl/8",
                .cookie_id = setting.cookie_id,
                .endpoint = setting.endpoint,
                .do_not_track = setting.do_not_track,
                .body = parsed->body};
  parser->parse(hit, setting.position, parsed->batch);
  return parsed;
}

TEST(Parse, MakesAnEventOfATrackCall) {
  const auto parsed = parse(
      R"({"type":"track","event":" Order Completed ","userId":" u1 ","anonymousId":"a1",)"
      R"("messageId":"m1","timestamp":"2026-11-21T20:59:58.500Z","sentAt":"2026-11-21T20:59:59Z",)"
      R"("properties":{"revenue":12.5}})",
      {.fields = {"properties.revenue", "properties.none"}});
  ASSERT_EQ(parsed->batch.events.size(), 1u);
  ASSERT_TRUE(parsed->batch.rejects.empty());
  const Event& event = parsed->event();
  EXPECT_EQ(event.position, 5u);
  EXPECT_EQ(event.index, 0u);
  EXPECT_EQ(event.kind, EventKind::kTrack);
  EXPECT_EQ(event.name, kAliasName + 1) << "the first name that the topology speaks of";
  EXPECT_EQ(event.name_text, "Order Completed");
  EXPECT_EQ(event.source, "web");
  EXPECT_EQ(event.user_id, "u1");
  EXPECT_EQ(event.anonymous_id, "a1");
  EXPECT_EQ(event.message_id, "m1");
  EXPECT_EQ(event.original, *parse_time("2026-11-21T20:59:58.500Z"));
  EXPECT_EQ(event.sent, *parse_time("2026-11-21T20:59:59Z"));
  EXPECT_EQ(event.received, kReceived);
  EXPECT_EQ(event.time, event.original);
  EXPECT_THAT(event.values, ElementsAre(Value::of(12.5), Value()));
}

TEST(Parse, NamesOtherKindsByTheirReservedWords) {
  const auto page = parse(R"({"type":"page","name":"Home","userId":"u"})");
  EXPECT_EQ(page->event().kind, EventKind::kPage);
  EXPECT_EQ(page->event().name, kPageName);
  EXPECT_EQ(page->event().name_text, "Home");
  const std::tuple<std::string, EventKind, NameId> others[] = {
      {"screen", EventKind::kScreen, kScreenName},
      {"identify", EventKind::kIdentify, kIdentifyName},
      {"group", EventKind::kGroup, kGroupName},
      {"alias", EventKind::kAlias, kAliasName}};
  for (const auto& [type, kind, name] : others) {
    const auto parsed =
        parse("{\"type\":\"" + type + R"(","userId":"u","groupId":"g","previousId":"p"})");
    EXPECT_EQ(parsed->event().kind, kind) << type;
    EXPECT_EQ(parsed->event().name, name) << type;
    EXPECT_EQ(parsed->event().group_id, "g");
    EXPECT_EQ(parsed->event().previous_id, kind == EventKind::kAlias ? "p" : "");
  }
}

TEST(Parse, TellsATrackCallFromTheKindThatItIsNamedAfter) {
  EXPECT_EQ(parse(R"({"type":"track","event":"page","userId":"u"})")->event().name, kOtherName);
}

TEST(Parse, KeepsTheTextOfNamesThatNoOperatorAskedFor) {
  const auto parsed = parse(R"({"type":"track","event":"Rare","userId":"u"})");
  EXPECT_EQ(parsed->event().name, kOtherName);
  EXPECT_EQ(parsed->event().name_text, "Rare");
}

struct RefusalCase {
  std::string body;
  std::string_view reason;
  std::string_view detail;
};

TEST(Parse, RefusesWhatIsNoEvent) {
  const std::string long_text(300, 'x');
  const RefusalCase cases[] = {
      {"", "empty_body", "at byte 0"},
      {R"({"type":"track","event":"E","userId":"u","x":[})", "malformed_json", "at byte 46"},
      {R"({"type":"track","event":"E","userId":"u","x":1e999})", "number_out_of_range", "byte 45"},
      {"[]", "not_an_event", "byte 0"},
      {"5", "not_an_event", "byte 0"},
      {"{}", "unknown_type", "type is missing"},
      {R"({"type":"Track","event":"E","userId":"u"})", "unknown_type", "\"Track\""},
      {R"({"type":7,"event":"E","userId":"u"})", "unknown_type", "type is number"},
      {R"({"type":"track","event":"E"})", "missing_ids", ""},
      {R"({"type":"track","event":"E","userId":"  ","anonymousId":null})", "missing_ids", ""},
      {R"({"type":"track","event":"E","userId":{"id":1}})", "missing_ids", ""},
      {R"({"type":"track","userId":"u"})", "missing_event", ""},
      {R"({"type":"track","event":" ","userId":"u"})", "missing_event", ""},
      {R"({"type":"group","userId":"u"})", "missing_group_id", ""},
      {R"({"type":"alias","userId":"u"})", "missing_previous_id", ""},
      {R"({"type":"page","userId":")" + long_text + "\"}", "id_too_long", "300 bytes, 256 are"},
      {R"({"type":"page","userId":"u","name":")" + long_text + "\"}", "name_too_long", "300 bytes"},
      {R"({"type":"page","userId":"u","messageId":")" + long_text + "\"}",
       "message_id_too_long",
       "300 bytes, 100 are allowed"},
      {R"({"type":"page","userId":"u","timestamp":"2027-11-21T00:00:00Z"})",
       "too_far_in_the_future",
       "happened at 2027-11-21T00:00:00.000Z, received at 2026-11-21T21:00:00.000Z"},
      {R"({"type":"page","userId":"u","timestamp":"2025-11-21T00:00:00Z"})", "too_old", ""},
      {R"({"type":"page","userId":"u","x":")" + std::string(32 * 1024, 'x') + "\"}",
       "event_too_large",
       "32768 are allowed"},
      {R"({"batch":[]})", "empty_batch", ""},
      {std::string(512 * 1024 + 1, ' '), "body_too_large", ""},
  };
  for (const auto& [body, reason, detail] : cases) {
    const auto parsed = parse(body);
    EXPECT_TRUE(parsed->batch.events.empty()) << body;
    ASSERT_EQ(parsed->batch.rejects.size(), 1u) << body;
    const Reject& reject = parsed->batch.rejects[0];
    EXPECT_EQ(reject.reason, reason) << body;
    EXPECT_THAT(reject.detail, HasSubstr(detail)) << body;
    EXPECT_EQ(reject.position, 5u);
    EXPECT_EQ(reject.node, "parse");
  }
}

TEST(Parse, KeepsTheGoodEventsOfABatchAndTheirPlaces) {
  const auto parsed = parse(
      R"({"batch":[{"type":"page","userId":"a"},{"type":"?"},7,{"type":"page","userId":"b"}]})");
  ASSERT_EQ(parsed->batch.events.size(), 2u);
  EXPECT_EQ(parsed->event(0).user_id, "a");
  EXPECT_EQ(parsed->event(0).index, 0u);
  EXPECT_EQ(parsed->event(1).user_id, "b");
  EXPECT_EQ(parsed->event(1).index, 3u);
  ASSERT_EQ(parsed->batch.rejects.size(), 2u);
  EXPECT_EQ(parsed->reason(0), "unknown_type");
  EXPECT_EQ(parsed->batch.rejects[0].index, 1u);
  EXPECT_EQ(parsed->reason(1), "not_an_event");
  EXPECT_EQ(parsed->batch.rejects[1].index, 2u);
}

TEST(Parse, RefusesAMalformedBatchWhole) {
  const auto parsed = parse(R"({"batch":[{"type":"page","userId":"a"},{"type":]})");
  EXPECT_TRUE(parsed->batch.events.empty());
  ASSERT_EQ(parsed->batch.rejects.size(), 1u);
  EXPECT_EQ(parsed->reason(), "malformed_json");
}

TEST(Parse, RefusesABatchOfTooManyEventsWhole) {
  const Setting setting{.yaml = "max_events: 2"};
  const std::string event = R"({"type":"page","userId":"a"})";
  EXPECT_EQ(parse("{\"batch\":[" + event + "," + event + "]}", setting)->batch.events.size(), 2u);
  const auto parsed = parse("{\"batch\":[" + event + "," + event + "," + event + "]}", setting);
  EXPECT_TRUE(parsed->batch.events.empty());
  EXPECT_EQ(parsed->reason(), "too_many_events");
}

TEST(Parse, LetsABatchSpeakForEventsThatSayNothing) {
  const auto parsed = parse(
      R"({"context":{"ip":"1.2.3.4","app":{"name":"top","build":7}},"userId":"nobody",)"
      R"("properties":{"x":1},"sentAt":"2026-11-21T20:59:00Z","writeKey":"k","batch":[)"
      R"({"type":"page","userId":"a","context":{"app":{"name":"own"}}},)"
      R"({"type":"page","anonymousId":"b","sentAt":"2026-11-21T20:58:00Z","writeKey":null}]})",
      {.fields = {
           "context.app.name", "context.app.build", "writeKey", "properties.x", "context.ip"}});
  ASSERT_EQ(parsed->batch.events.size(), 2u);
  const auto text = [](std::string_view s) { return Value::of(s); };
  EXPECT_THAT(parsed->event(0).values,
              ElementsAre(text("own"), Value::of(7.0), text("k"), Value(), text("1.2.3.4")));
  EXPECT_THAT(parsed->event(1).values,
              ElementsAre(text("top"), Value::of(7.0), Value::null(), Value(), text("1.2.3.4")));
  EXPECT_EQ(parsed->event(0).sent, *parse_time("2026-11-21T20:59:00Z"));
  EXPECT_EQ(parsed->event(1).sent, *parse_time("2026-11-21T20:58:00Z"));
  EXPECT_EQ(parsed->event(1).user_id, "");
}

TEST(Parse, FillsInWhatTheCollectorKnowsOfTheSender) {
  const auto parsed = parse(R"({"type":"page","userId":"a","context":{"userAgent":"app/1"}})",
                            {.fields = {"context.ip", "context.userAgent"}});
  EXPECT_THAT(
      parsed->event().values,
      ElementsAre(Value::of(std::string_view("10.1.2.0")), Value::of(std::string_view("app/1"))));
}

TEST(Parse, KeepsAllDigitsOfNumbersAsIds) {
  const auto parsed =
      parse(R"({"type":"track","event":404,"userId":12345678901234567890,"messageId":7})",
            {.fields = {"userId"}});
  EXPECT_EQ(parsed->event().user_id, "12345678901234567890");
  EXPECT_EQ(parsed->event().name_text, "404");
  EXPECT_EQ(parsed->event().message_id, "7");
  EXPECT_EQ(parsed->event().values[0], Value::of(12345678901234567890.0));
}

TEST(Parse, TakesTheTypeFromThePathWhereTheBodyHasNone) {
  for (const std::string type : {"", R"("type":null,)", R"("type":"identify",)"}) {
    const auto parsed = parse("{" + type + R"("userId":"u"})", {.endpoint = "identify"});
    ASSERT_EQ(parsed->batch.events.size(), 1u) << type;
    EXPECT_EQ(parsed->event().kind, EventKind::kIdentify);
  }
}

TEST(Parse, RefusesAnEventWhoseTypeAndPathDisagree) {
  const auto parsed =
      parse(R"({"type":"track","event":"E","userId":"u"})", {.endpoint = "identify"});
  EXPECT_THAT(parsed->batch.events, ElementsAre());
  EXPECT_EQ(parsed->reason(), "type_mismatch");
  EXPECT_EQ(parsed->batch.rejects.at(0).detail, "type is \"track\", sent to identify");
}

TEST(Parse, LetsEveryEventOfABatchSayItsOwnType) {
  const auto parsed = parse(R"({"batch":[{"type":"identify","userId":"u"},{"userId":"u"}]})",
                            {.endpoint = "track"});
  ASSERT_EQ(parsed->batch.events.size(), 1u);
  EXPECT_EQ(parsed->event().kind, EventKind::kIdentify);
  EXPECT_EQ(parsed->reason(), "unknown_type");
}

TEST(Parse, CarriesPrivacySignalsOfTheBrowser) {
  const auto parsed =
      parse(R"({"type":"page","userId":"u"})",
            {.fields = {"context.privacy.dnt", "context.privacy.gpc"}, .do_not_track = true});
  EXPECT_THAT(parsed->event().values, ElementsAre(Value::of(true), Value()));
}

TEST(Parse, SaysWhereTheConnectionIsUnlessTheEventHasAnAddress) {
  const std::vector<std::string_view> fields = {
      "context.location.country", "context.location.city", "context.location.asn", "context.ip"};
  const auto text = [](std::string_view value) { return Value::of(value); };
  EXPECT_THAT(parse(R"({"type":"page","userId":"u"})", {.fields = fields})->event().values,
              ElementsAre(text("DE"), Value(), text("AS3320"), text("10.1.2.0")));
  EXPECT_THAT(parse(R"({"type":"page","userId":"u","context":{"ip":"203.0.113.0",)"
                    R"("location":{"country":"FR"}}})",
                    {.fields = fields})
                  ->event()
                  .values,
              ElementsAre(text("FR"), Value(), Value(), text("203.0.113.0")))
      << "a server sent it for its visitor";
}

TEST(Parse, RejectsWhatACollectorRefusedForTheCollectorsReason) {
  ParserUnderTest parser("{}");
  Batch batch;
  const Hit hit{.kind = HitKind::kRefused, .reason = "unknown_key", .body = "POST /v1/track"};
  parser->parse(hit, 5, batch);
  EXPECT_THAT(batch.events, ElementsAre());
  ASSERT_EQ(batch.rejects.size(), 1u);
  EXPECT_EQ(batch.rejects[0].reason, "unknown_key");
  EXPECT_EQ(batch.rejects[0].detail, "POST /v1/track");
}

TEST(Parse, GoesByTheCookieWhereTheEventHasNoId) {
  EXPECT_EQ(parse(R"({"type":"page"})", {.cookie_id = "c1"})->event().anonymous_id, "c1");
  EXPECT_EQ(parse(R"({"type":"page","userId":"u"})", {.cookie_id = "c1"})->event().anonymous_id,
            "");
}

TEST(Parse, MakesTheSameMessageIdForTheSamePlaceInTheJournal) {
  const std::string body =
      R"({"batch":[{"type":"page","userId":"a"},{"type":"page","userId":"a"}]})";
  const auto id = [&](Setting setting, std::size_t i) {
    return std::string(parse(body, setting)->event(i).message_id);
  };
  const std::string first = id({}, 0);
  EXPECT_EQ(first.size(), 37u);
  EXPECT_THAT(first, testing::StartsWith("auto-"));
  EXPECT_EQ(first, id({}, 0));
  EXPECT_NE(first, id({}, 1));
  EXPECT_NE(first, id({.position = 6}, 0));
  EXPECT_NE(first, id({.source = "app"}, 0));
}

TEST(Parse, ReadsTimesOfEveryForm) {
  for (const std::string_view time : {R"("2026-11-21T20:59:00Z")",
                                      R"("2026-11-21T21:59:00+01:00")",
                                      "1795294740000",
                                      "1795294740",
                                      R"("2026-11-21T20:59:00.000999Z")"}) {
    const auto parsed =
        parse("{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":" + std::string(time) + "}");
    EXPECT_EQ(format_time(parsed->event().time), "2026-11-21T20:59:00.000Z") << time;
  }
}

TEST(Parse, TakesTheReceiptForATimeThatIsMissingOrUnreadable) {
  for (const std::string_view time : {"null", "\"soon\"", "{}", "1e300"}) {
    const auto parsed =
        parse("{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":" + std::string(time) + "}");
    EXPECT_EQ(parsed->event().time, kReceived) << time;
    EXPECT_EQ(parsed->event().original, kBeginning) << time;
  }
}

TEST(Parse, FindsTraitsOfAnIdentifyCallInItsContextToo) {
  const Setting setting{.fields = {"traits.plan", "traits.size"}};
  const std::string rest = R"("userId":"u","traits":{"size":3},)"
                           R"("context":{"traits":{"plan":"free","size":2}}})";
  const auto identify = parse(R"({"type":"identify",)" + rest, setting);
  EXPECT_EQ(identify->event().values[0].text(), "free");
  EXPECT_EQ(identify->event().values[1].number(), 3);
  const auto page = parse(R"({"type":"page",)" + rest, setting);
  EXPECT_TRUE(page->event().values[0].is(ValueKind::kMissing));
}

TEST(Parse, TakesTheTimestampAsItIsWhereThereIsAnOriginalOneToo) {
  const auto parsed = parse(R"({"type":"page","userId":"u","timestamp":"2026-11-21T20:00:00Z",)"
                            R"("originalTimestamp":"2026-11-21T22:30:00Z",)"
                            R"("sentAt":"2026-11-21T23:00:00Z"})");
  EXPECT_EQ(parsed->event().time, *parse_time("2026-11-21T20:00:00Z"));
  EXPECT_EQ(parsed->event().original, *parse_time("2026-11-21T22:30:00Z"));
}

TEST(Parse, CorrectsAClockThatIsOff) {
  const auto parsed = parse(R"({"type":"page","userId":"u","timestamp":"2026-11-21T22:59:50Z",)"
                            R"("sentAt":"2026-11-21T23:00:00Z"})");
  EXPECT_EQ(parsed->event().time, kReceived - std::chrono::seconds(10));
  EXPECT_EQ(parsed->event().original, *parse_time("2026-11-21T22:59:50Z"));
}

TEST(Parse, AppendsToWhatTheBatchHolds) {
  ParserUnderTest parser("{}");
  Batch batch;
  const std::string body = R"({"type":"page","userId":"u"})";
  for (Position position = 0; position < 3; ++position)
    parser->parse({.received = kReceived, .body = body}, position, batch);
  ASSERT_EQ(batch.events.size(), 3u);
  EXPECT_EQ(batch.events[2].position, 2u);
}

}  // namespace
}  // namespace millrace
