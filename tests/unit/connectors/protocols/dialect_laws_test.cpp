// What holds for every endpoint of every dialect, whoever adds it, by the example that it gives.
#include "connectors/protocols/dialect.hpp"
#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"
#include "tests/unit/operators/ingest/parser_under_test.hpp"

#include <gmock/gmock.h>

#include <set>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

// Fits everywhere where a key may stand, also where a name of a host or a vendor does.
constexpr std::string_view kKey = "key.of-the.site";

// They check a request, and keep nothing of it.
bool stores_nothing(const Endpoint& endpoint) {
  static const std::set<std::string_view> kChecks = {"/debug/mp/collect"};
  return kChecks.contains(endpoint.pattern);
}

// They answer 404 unless somebody asks for them in the configuration.
bool is_off(const Endpoint& endpoint) { return endpoint.pattern == "/r/tp2"; }

// They have no place for a user's id.
bool knows_no_users(const Dialect& dialect, const Endpoint& endpoint) {
  static const std::set<std::string_view> kOfOthers = {"/v1/webhook", "/groups", "/groups/"};
  return dialect.name == "plausible" || kOfOthers.contains(endpoint.pattern);
}

std::string with_key(std::string text, std::string_view key) {
  for (std::size_t at = 0; (at = text.find("KEY", at)) != std::string::npos; at += key.size())
    text.replace(at, 3, key);
  return text;
}

std::string path_of(std::string_view pattern) {
  std::string path(pattern);
  for (std::size_t at = 0; (at = path.find('{')) != std::string::npos;)
    path.replace(at, path.find('}', at) + 1 - at, kKey);
  return path;
}

struct Case {
  const Dialect& dialect;
  const Endpoint& endpoint;

  std::string example() const {
    return std::string(endpoint.example.empty() ? dialect.example : endpoint.example);
  }
  bool post() const { return endpoint.method == Method::kPost; }
  // With the key where the example has it, or else in a header; not in both, since a dialect may
  // know its requests by that.
  Asked asked(std::string body, std::string_view key = kKey) const {
    Asked made{.method = endpoint.method, .target = path_of(endpoint.pattern)};
    if (example().find("KEY") == std::string::npos)
      made.headers = {{"authorization", "Basic " + base64(std::string(key) + ":")}};
    body = with_key(std::move(body), key);
    if (post())
      made.body = std::move(body);
    else
      made.target += "?" + body;
    return made;
  }
};

struct LawWorld : CollectingWorld {
  LawWorld() : CollectingWorld({}, keys()) {}

  static admission::Keys keys() {
    admission::KeysConfig config;
    config.write = {{.key = std::string(kKey), .source = "web", .origins = {}, .rate = {}}};
    return admission::Keys(config);
  }

  std::size_t refusals() const { return count(HitKind::kRefused); }
  std::size_t journaled() const { return count(HitKind::kEvents); }

  // What the engine makes of the journal.
  Batch parsed() const {
    ParserUnderTest parser("{}");
    Batch batch;
    for (std::size_t i = 0; i < intake.size(); ++i)
      if (intake.hit(i).kind == HitKind::kEvents) parser->parse(intake.hit(i), i, batch);
    return batch;
  }

 private:
  std::size_t count(HitKind kind) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < intake.size(); ++i) found += intake.hit(i).kind == kind;
    return found;
  }
};

// An answer after which no SDK comes again: neither what says "later" nor what some take for it.
bool is_final(const http::Response& response) {
  return response.status < 500 && response.status != 404 && response.status != 408 &&
         response.status != 429;
}

template <class Check>
void for_each_endpoint(const Check& check) {
  for (const Dialect& dialect : dialects())
    for (const Endpoint& endpoint : dialect.endpoints) {
      if (is_off(endpoint)) continue;
      SCOPED_TRACE(std::string(dialect.name) + " " + std::string(endpoint.pattern));
      check(Case{dialect, endpoint});
    }
}

void expect_refused(const Case& of, const Asked& asked) {
  if (stores_nothing(of.endpoint)) return;
  LawWorld world;
  const auto response = world.ask(asked);
  EXPECT_TRUE(is_final(response)) << response.status;
  EXPECT_NE(header_of(response, "X-Millrace-Reason"), "");
  EXPECT_EQ(world.refusals(), 1u);
  EXPECT_EQ(world.journaled(), 0u);
}

TEST(DialectLaws, AnExampleBecomesAnEventAboutItsUser) {
  for_each_endpoint([](const Case& each) {
    LawWorld world;
    const auto response = world.ask(each.asked(each.example()));
    EXPECT_TRUE(response.status >= 200 && response.status < 300) << response.status;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "");
    EXPECT_EQ(world.refusals(), 0u);
    EXPECT_EQ(world.journaled(), stores_nothing(each.endpoint) ? 0u : 1u);
    const Batch batch = world.parsed();
    for (const auto& reject : batch.rejects) ADD_FAILURE() << reject.reason << reject.detail;
    EXPECT_EQ(batch.events.empty(), stores_nothing(each.endpoint));
    for (const Event& event : batch.events)
      if (knows_no_users(each.dialect, each.endpoint))
        EXPECT_NE(event.anonymous_id, "");
      else
        EXPECT_EQ(event.user_id, "u");
  });
}

TEST(DialectLaws, NoWriteKeyIsInTheJournal) {
  for_each_endpoint([](const Case& each) {
    LawWorld world;
    world.ask(each.asked(each.example()));
    for (const auto& [time, payload] : world.intake.payloads())
      EXPECT_THAT(payload, Not(HasSubstr(kKey)));
  });
}

TEST(DialectLaws, AnUnknownKeyIsRefusedForGoodAndRecorded) {
  for_each_endpoint([](const Case& each) {
    if (each.endpoint.pattern.find('{') == std::string_view::npos)
      expect_refused(each, each.asked(each.example(), "nobody's"));
  });
}

TEST(DialectLaws, WhatCannotBeReadIsRefusedForGoodAndRecorded) {
  static const std::string kBomb = gzipped(std::string(std::size_t{32} << 20, '['));
  for_each_endpoint([](const Case& each) {
    if (!each.post()) return;
    for (const std::string& body :
         {std::string(R"({"a":)"), std::string(200, '['), std::string("\x1f\x8b\x08"), kBomb}) {
      SCOPED_TRACE(body.substr(0, 8));
      expect_refused(each, each.asked(body));
    }
  });
}

TEST(DialectLaws, WithoutRoomTheSenderIsToldToComeAgain) {
  for_each_endpoint([](const Case& each) {
    if (stores_nothing(each.endpoint)) return;
    LawWorld world;
    world.intake.room = false;
    const auto response = world.ask(each.asked(each.example()));
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(header_of(response, "Retry-After"), "");
    EXPECT_EQ(world.intake.size(), 0u);
  });
}

TEST(DialectLaws, AHeadRecordsNothing) {
  for_each_endpoint([](const Case& each) {
    if (each.post()) return;
    LawWorld world;
    Asked asked = each.asked(each.example());
    asked.method = Method::kHead;
    EXPECT_LT(world.ask(asked).status, 300);
    EXPECT_EQ(world.intake.size(), 0u);
  });
}

// The example with the items of its list, if it has one, replaced.
std::string with_items(const std::string& example, const std::vector<std::string>& items) {
  std::string made = example.substr(0, example.find('[') + 1);
  for (const std::string& item : items) {
    if (made.back() != '[') made += ',';
    made += item;
  }
  return made + example.substr(example.rfind(']'));
}

std::string item_of(const std::string& example) {
  const std::size_t first = example.find('[');
  return example.substr(first + 1, example.rfind(']') - first - 1);
}

template <class Check>
void for_each_batch(const Check& check) {
  for_each_endpoint([&](const Case& each) {
    const std::string example = each.example();
    if (each.post() && !stores_nothing(each.endpoint) && example.find('[') != std::string::npos &&
        item_of(example).starts_with('{'))
      check(each, example);
  });
}

TEST(DialectLaws, EveryEventOfARequestIsJournaledOrRefused) {
  for_each_batch([](const Case& each, const std::string& example) {
    LawWorld world;
    const std::string item = item_of(example);
    const auto response = world.ask(each.asked(with_items(example, {item, "7", "[]", item})));
    EXPECT_TRUE(is_final(response));
    const Batch batch = world.parsed();
    if (world.journaled() == 0)
      EXPECT_EQ(world.refusals(), 1u) << "of the whole request";
    else
      EXPECT_EQ(batch.events.size() + batch.rejects.size() + world.refusals(), 4u);
  });
}

TEST(DialectLaws, TooManyEventsAreRefusedAsAWhole) {
  for_each_batch([](const Case& each, const std::string& example) {
    const std::string item = item_of(example);
    expect_refused(each, each.asked(with_items(example, std::vector<std::string>(2501, item))));
    expect_refused(each, each.asked(with_items(example, std::vector<std::string>(100'000, "7"))));
  });
}

}  // namespace
}  // namespace millrace::protocols
