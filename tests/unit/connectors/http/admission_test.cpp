#include "connectors/http/admission.hpp"

#include "connectors/http/request_parser.hpp"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

struct Judged {
  std::optional<Admitted> admitted;
  std::string reason;
};

// As a connection does, from the bytes of a whole head.
Judged judge(const std::string& request, const HeadLimits& limits = {}) {
  static std::string bytes;  // what is admitted views it
  bytes = request;
  std::vector<HeaderSpan> spans;
  RequestParser parser(32 << 10, spans);
  Head head;
  const auto step = parser.parse_head(bytes, head);
  if (step == RequestParser::Step::kMore) return {.admitted = {}, .reason = "more"};
  if (step == RequestParser::Step::kFault)
    return {.admitted = {}, .reason = std::string(parser.refused().reason)};
  const auto verdict = admit(head, limits);
  if (const Refused* refused = std::get_if<Refused>(&verdict))
    return {.admitted = {}, .reason = std::string(refused->reason)};
  return {.admitted = std::get<Admitted>(verdict), .reason = ""};
}

TEST(Admit, SaysHowLongTheBodyIs) {
  auto judged = judge("POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 12\r\n\r\n");
  ASSERT_TRUE(judged.admitted);
  EXPECT_EQ(judged.admitted->method, Method::kPost);
  EXPECT_EQ(judged.admitted->content_length, 12U);
  EXPECT_FALSE(judged.admitted->chunked);
  EXPECT_TRUE(judged.admitted->has_body());
  judged = judge("POST /a HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: Chunked\r\n\r\n");
  ASSERT_TRUE(judged.admitted);
  EXPECT_TRUE(judged.admitted->chunked);
  judged = judge("POST /a HTTP/1.1\r\nHost: s\r\n\r\n");
  ASSERT_TRUE(judged.admitted);
  EXPECT_FALSE(judged.admitted->has_body());
}

TEST(Admit, TakesTheTargetOutOfItsForm) {
  const auto target = [](const std::string& text) {
    const Judged judged = judge("OPTIONS " + text + " HTTP/1.1\r\nHost: s\r\n\r\n");
    return judged.admitted ? std::string(judged.admitted->target) : judged.reason;
  };
  EXPECT_EQ(target("/a?b=c"), "/a?b=c");
  EXPECT_EQ(target("*"), "*");
  EXPECT_EQ(target("http://shop/a?b"), "/a?b");
  EXPECT_EQ(target("HTTPS://shop:8080/"), "/");
  EXPECT_EQ(target("http://shop"), "bad_target");
  EXPECT_EQ(target("http://shop?a"), "bad_target");
  EXPECT_EQ(target("//shop/a"), "//shop/a");
}

TEST(Admit, KnowsAWebSocketHandshakeFromAnythingElse) {
  const auto wants = [](const std::string& first, const std::string& lines) {
    const Judged judged = judge(first + "\r\nHost: s\r\n" + lines + "\r\n");
    return judged.admitted && judged.admitted->wants_websocket;
  };
  const std::string both = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  EXPECT_TRUE(wants("GET / HTTP/1.1", both));
  EXPECT_FALSE(wants("POST / HTTP/1.1", both));
  EXPECT_FALSE(wants("GET / HTTP/1.0", both));
  EXPECT_FALSE(wants("GET / HTTP/1.1", both + "Content-Length: 1\r\n"));
  EXPECT_FALSE(wants("GET / HTTP/1.1", "Upgrade: websocket\r\n"));
  EXPECT_FALSE(wants("GET / HTTP/1.1", "Connection: upgrade\r\nUpgrade: h2c\r\n"));
}

TEST(Admit, KeepsToItsLimits) {
  const HeadLimits limits{.headers_max = 3, .target_max = 5};
  const std::string three = "Host: s\r\na: b\r\nc: d\r\n";
  EXPECT_EQ(judge("GET /four HTTP/1.1\r\n" + three + "\r\n", limits).reason, "");
  EXPECT_EQ(judge("GET /fives HTTP/1.1\r\n" + three + "\r\n", limits).reason, "target_too_long");
  EXPECT_EQ(judge("GET /four HTTP/1.1\r\n" + three + "e: f\r\n\r\n", limits).reason,
            "too_many_headers");
}

TEST(Admit, IgnoresExpectationsOfAnOldVersion) {
  EXPECT_TRUE(judge("POST / HTTP/1.1\r\nHost: s\r\nExpect: 100-Continue\r\n\r\n")
                  .admitted->expects_continue);
  EXPECT_FALSE(judge("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").admitted->expects_continue);
}

// Whatever the cuts, the parser says the same; and it says what is wrong as soon as a line is
// there.
TEST(RequestParser, GivesTheSameHeadHoweverItIsCut) {
  const std::string request =
      "GET /a?b HTTP/1.1\r\nHost: shop\r\nX-Empty:\r\nCookie: a=b; c\r\n\r\nrest";
  std::vector<HeaderSpan> spans;
  for (std::size_t cut = 0; cut + 4 < request.size(); ++cut) {
    RequestParser parser(1 << 10, spans);
    Head head;
    // Each piece at another place, as a buffer moves when it grows.
    ASSERT_EQ(parser.parse_head(std::string(request, 0, cut), head), RequestParser::Step::kMore);
    const std::string whole = request;
    ASSERT_EQ(parser.parse_head(whole, head), RequestParser::Step::kDone) << cut;
    EXPECT_EQ(head.bytes.size(), request.size() - 4);
    EXPECT_EQ(head.target, "/a?b");
    ASSERT_EQ(head.headers.size(), 3U);
    EXPECT_EQ(head.headers[1].name, "X-Empty");
    EXPECT_EQ(head.headers[1].value, "");
    EXPECT_EQ(head.headers[2].value, "a=b; c");
  }
}

TEST(RequestParser, DecodesChunksHoweverTheyAreCut) {
  const std::string head_text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = "5;a=b\r\nhello\r\n1\r\n,\r\n0\r\nX: y\r\n\r\n";
  std::vector<HeaderSpan> spans;
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    RequestParser parser(1 << 10, spans);
    Head head;
    ASSERT_EQ(parser.parse_head(head_text, head), RequestParser::Step::kDone);
    std::string decoded;
    std::string held = body.substr(0, cut);
    std::string_view bytes = held;
    auto step = parser.parse_chunks(bytes, {decoded, 6});
    if (step == RequestParser::Step::kMore) {
      held = std::string(bytes) + body.substr(cut) + "next";
      bytes = held;
      step = parser.parse_chunks(bytes, {decoded, 6});
      EXPECT_EQ(bytes, "next");
    }
    ASSERT_EQ(step, RequestParser::Step::kDone) << cut;
    EXPECT_EQ(decoded, "hello,");
  }
}

}  // namespace
}  // namespace millrace::http
