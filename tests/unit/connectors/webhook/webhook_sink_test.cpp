// What the webhook makes of its configuration, of outputs and of answers.
#include "connectors/webhook/webhook_sink.hpp"

#include "connectors/webhook/signature.hpp"
#include "engine/operator/registry.hpp"
#include "tests/unit/connectors/client/scripted_server.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Kind = Answer::Kind;
using millrace::testing::ScriptedServer;

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class WebhookSinkTest : public ::testing::Test {
 protected:
  WebhookSinkTest() {
    add_webhook(registry);
    segment = catalog.declare_segment("loyal");
  }

  // "" if the configuration is good, else its problems.
  std::string configure(const std::string& yaml) {
    config::Problems problems;
    const auto document = config::Document::load(yaml, "t.yaml", problems);
    prepared = registry.find("webhook")->prepare(document.root(), problems, {});
    return problems.empty() ? "" : config::render_all(problems, yaml);
  }
  std::unique_ptr<DeliveringSink> make(const std::string& url, const std::string& more = "") {
    EXPECT_EQ(
        configure("url: " + url + "/\nsecrets: [" + kSecret + "]\nallow_http: true\nports: [" +
                  url.substr(url.rfind(':') + 1) + "]\nallow_private: [127.0.0.0/8]\n" + more),
        "");
    auto sink = prepared.make_delivering();
    EXPECT_TRUE(sink->open(catalog).ok());
    return sink;
  }
  // What an answer means for an attempt.
  Answer answer_to(const std::string& response, std::uint32_t attempt = 1) {
    ScriptedServer server([&](const std::string&) { return response + "\r\n\r\n"; });
    Delivery delivery;
    delivery.id = "id1";
    delivery.attempt = attempt;
    return make(server.url())->deliver(delivery);
  }
  OutputRecord output(OutputKind kind, const std::string& effect = "") const {
    OutputRecord made;
    made.kind = kind;
    made.segment = segment;
    made.effect = effect;
    made.body = "{}";
    return made;
  }

  Registry registry;
  Catalog catalog;
  SegmentId segment = 0;
  Prepared prepared;
};

TEST_F(WebhookSinkTest, SignsWhatItSends) {
  ScriptedServer server([](const std::string&) { return "HTTP/1.1 204 Done\r\n\r\n"; });
  const auto sink = make(server.url());
  Delivery delivery;
  delivery.id = "id1";
  delivery.body = sink->encode(output(OutputKind::kEnter));
  EXPECT_NE(delivery.body.find(R"("kind":"enter","name":"loyal")"), std::string::npos);
  const Answer answer = sink->deliver(delivery);
  EXPECT_EQ(answer.kind, Kind::kDelivered) << answer.reason;
  const std::string request = server.requests()[0];
  const auto header = [&](const std::string& name) {
    const auto at = request.find(name + ": ") + name.size() + 2;
    return request.substr(at, request.find("\r\n", at) - at);
  };
  EXPECT_EQ(header("webhook-id"), "id1");
  EXPECT_TRUE(request.ends_with("\r\n\r\n" + delivery.body));
  std::int64_t seconds = 0;
  for (const char digit : header("webhook-timestamp")) seconds = seconds * 10 + (digit - '0');
  EXPECT_EQ(
      header("webhook-signature"),
      webhook::sign(
          {*webhook::decode_secret(kSecret)}, "id1", from_millis(seconds * 1000), delivery.body));
}

TEST_F(WebhookSinkTest, UnderstandsTheReceiversAnswers) {
  EXPECT_EQ(answer_to("HTTP/1.1 204 Done").kind, Kind::kDelivered);
  const Answer failed = answer_to("HTTP/1.1 500 Oops\r\nContent-Length: 0");
  EXPECT_EQ(failed.kind, Kind::kRetry);
  EXPECT_TRUE(failed.receiver_down);
  const Answer busy = answer_to("HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\nRetry-After: 7");
  EXPECT_EQ(busy.kind, Kind::kRetry);
  EXPECT_EQ(busy.after, std::chrono::seconds(7));
  EXPECT_EQ(answer_to("HTTP/1.1 410 Gone\r\nContent-Length: 0").kind, Kind::kDisable);
  for (const std::string again : {"408 Timeout", "425 Too Early"}) {
    const Answer answer = answer_to("HTTP/1.1 " + again + "\r\nContent-Length: 0", 100);
    EXPECT_EQ(answer.kind, Kind::kRetry);
    EXPECT_FALSE(answer.receiver_down);
  }
  for (const std::string refusal :
       {"400 Bad", "404 None", "301 Moved\r\nLocation: http://127.0.0.1/"}) {
    const std::string response = "HTTP/1.1 " + refusal + "\r\nContent-Length: 0";
    EXPECT_EQ(answer_to(response, 2).kind, Kind::kRetry) << refusal;
    EXPECT_EQ(answer_to(response, 3).kind, Kind::kRefuse) << refusal;
  }
}

TEST_F(WebhookSinkTest, RefusesWhatIsTooLarge) {
  ScriptedServer server([](const std::string&) { return "HTTP/1.1 204 Done\r\n\r\n"; });
  const auto sink = make(server.url());
  Delivery delivery;
  delivery.body.assign(20'001, 'x');
  EXPECT_EQ(sink->deliver(delivery).kind, Kind::kRefuse);
  delivery.body.pop_back();
  EXPECT_EQ(sink->deliver(delivery).kind, Kind::kDelivered);
}

TEST_F(WebhookSinkTest, ChoosesByEvent) {
  const auto all = make("http://127.0.0.1:1");
  EXPECT_TRUE(all->wants(output(OutputKind::kExit)));
  const auto some = make("http://127.0.0.1:1", "events: [enter(loyal), greet]\n");
  EXPECT_TRUE(some->wants(output(OutputKind::kEnter)));
  EXPECT_FALSE(some->wants(output(OutputKind::kExit)));
  EXPECT_TRUE(some->wants(output(OutputKind::kEffect, "greet")));
  EXPECT_FALSE(some->wants(output(OutputKind::kEffect, "enter(loyal)")));
}

TEST_F(WebhookSinkTest, KnowsWhenThereIsNoSuchSegment) {
  const std::string yaml = "url: https://a.example/\nsecrets: [" + kSecret + "]\n";
  ASSERT_EQ(configure(yaml + "events: [exit(loyl)]\n"), "");
  EXPECT_FALSE(prepared.make_delivering()->open(catalog).ok());
}

TEST_F(WebhookSinkTest, HidesItsSecrets) {
  ASSERT_EQ(configure("url: https://a.example/\nsecrets: [" + kSecret + "]\n"), "");
  EXPECT_EQ(prepared.effective.find("whsec"), std::string::npos) << prepared.effective;
  EXPECT_NE(prepared.effective.find("***"), std::string::npos) << prepared.effective;
}

TEST_F(WebhookSinkTest, SaysWhatIsWrongWithItsConfiguration) {
  const std::string secrets = "secrets: [" + kSecret + "]\n";
  const auto wrong = [&](const std::string& yaml, const std::string& expected) {
    const std::string problems = configure(yaml);
    EXPECT_NE(problems.find(expected), std::string::npos) << yaml << problems;
  };
  wrong(secrets, "url");
  wrong("url: https://a.example/\n", "secrets");
  wrong("url: https://a.example/\nsecrets: [secret]\n", "whsec_");
  wrong("url: http://a.example:443/\n" + secrets, "not encrypted");
  wrong("url: https://a.example:22/\n" + secrets, "port 22");
  wrong("url: https://user@a.example/\n" + secrets, "user name");
  wrong("url: https://127.1/\n" + secrets, "looks like an address");
  wrong("url: https://a.example/\nallow_private: [10.0.0.0]\n" + secrets, "no network");
}

}  // namespace
}  // namespace millrace
