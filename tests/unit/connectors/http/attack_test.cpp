// Requests that are not what they should be, through the sockets of a server.
#include "connectors/http/decompression.hpp"
#include "tests/unit/connectors/http/attack_cases.hpp"
#include "tests/unit/connectors/http/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace::http {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kNext = "GET /say/next HTTP/1.1\r\nHost: shop\r\n\r\n";

TEST(Attack, IsAnsweredOnceAndTheConnectionClosed) {
  const TestServer server;
  for (const AttackCase& attack : attack_cases()) {
    SCOPED_TRACE(attack.name);
    RawClient client = server.client();
    client.send(attack.request);
    client.send(kNext);
    client.finish();
    const Answer answer = client.read();
    EXPECT_EQ(answer.status, attack.status);
    EXPECT_EQ(answer.header("Connection"), "close");
    const std::string reason = answer.header("X-Millrace-Reason");
    EXPECT_THAT(reason, Not(IsEmpty()));
    if (!attack.reason.empty()) {
      EXPECT_EQ(reason, attack.reason);
    }
    EXPECT_EQ(client.read_to_end(), "");
  }
}

// However it is cut into pieces.
TEST(Attack, IsRefusedByteByByteToo) {
  const TestServer server;
  for (const AttackCase& attack : attack_cases()) {
    if (attack.request.size() > 200) continue;
    SCOPED_TRACE(attack.name);
    RawClient client = server.client();
    for (const char c : attack.request) client.send({&c, 1});
    client.send(kNext);
    client.finish();
    EXPECT_EQ(client.read().status, attack.status);
    EXPECT_EQ(client.read_to_end(), "");
  }
}

// What looks odd and is let in all the same, with the reason why it may be.
TEST(Attack, AcceptListIsThisOne) {
  const TestServer server;
  const auto asked = [&](const std::string& request) {
    RawClient client = server.client();
    client.send(request);
    client.send(kNext);
    const Answer answer = client.read();
    EXPECT_EQ(client.read().body, "next") << "where the request ends is certain";
    return answer.status;
  };
  // The name of a coding has no case (RFC 9112 7).
  EXPECT_EQ(asked("POST /echo HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
                  "0\r\n\r\n"),
            200);
  // Blanks around a value are no part of it (RFC 9110 5.5).
  EXPECT_EQ(asked("POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: \t 5 \t\r\n\r\nhello"),
            200);
  // Leading zeros do not change a number, nor is it octal anywhere.
  EXPECT_EQ(asked("POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 005\r\n\r\nhello"), 200);
  EXPECT_EQ(asked("POST /echo HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "0005\r\nhello\r\n000\r\n\r\n"),
            200);
  // A proxy's form of the target must be taken (RFC 9112 3.2.2); nothing is chosen by host here.
  EXPECT_EQ(asked("GET http://other/say/x HTTP/1.1\r\nHost: shop\r\n\r\n"), 200);
  // Headers may hold any text above ASCII (RFC 9110 5.5); no header that decides about framing may.
  EXPECT_EQ(asked("GET / HTTP/1.1\r\nHost: shop\r\nX: \xc3\xa4\xff\r\n\r\n"), 200);
  // A host may be unknown (RFC 9112 3.2).
  EXPECT_EQ(asked("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 200);
  // A method that nobody knows is a word all the same.
  EXPECT_EQ(asked("BREW / HTTP/1.1\r\nHost: shop\r\n\r\n"), 405);
  // Upgrades to what is not spoken are ignored (RFC 9110 7.8).
  EXPECT_EQ(asked("GET / HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
                  "h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"),
            200);
}

TEST(Attack, TrailersAreNotHeaders) {
  TestServer server;
  Routes routes;
  routes.add({.method = Method::kPost,
              .pattern = "/key",
              .body_max = 100,
              .handler = [](const Request& request, const ReplyRef& reply) {
                reply->send({.body = std::string(request.header("authorization"))});
              }});
  ServerConfig config;
  config.listen = {"127.0.0.1:0"};
  Server keyed(config, routes, server.gate, {server.metrics, server.log});
  ASSERT_TRUE(keyed.start());
  RawClient client(keyed.port());
  const Answer answer = client.ask(
      "POST /key HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nTrailer: "
      "Authorization\r\n\r\n1\r\nx\r\n0\r\nAuthorization: Basic abc\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

// A tar archive's files, as POSIX.1-1988 has them.
std::vector<std::string> files_of(std::string_view tar) {
  constexpr std::size_t kBlock = 512;
  std::vector<std::string> files;
  while (tar.size() >= kBlock && tar[0] != '\0') {
    std::size_t size = 0;
    std::from_chars(tar.data() + 124, tar.data() + 135, size, 8);
    if (tar[156] == '0' || tar[156] == '\0') files.emplace_back(tar.substr(kBlock, size));
    const std::size_t whole = kBlock + (size + kBlock - 1) / kBlock * kBlock;
    if (whole > tar.size()) break;
    tar.remove_prefix(whole);
  }
  return files;
}

// 986 requests that a fuzzer found worth keeping. Nobody wrote down what each deserves; what holds
// for all is that the server answers in whole answers, says no more after `Connection: close`, and
// goes on.
TEST(Attack, OfAFuzzersCorpusEndsInWholeAnswers) {
  const std::filesystem::path archive(MILLRACE_CORPORA "/http/http1-requests.tar.gz");
  if (!std::filesystem::exists(archive)) GTEST_SKIP() << archive << " is not there";
  std::ifstream in(archive, std::ios::binary);
  std::ostringstream packed;
  packed << in.rdbuf();
  std::string tar;
  ASSERT_EQ(decompress(packed.str(), Compression::kGzip, 64 << 20, tar), Decompressed::kDone);
  const std::vector<std::string> requests = files_of(tar);
  ASSERT_GT(requests.size(), 900U);

  const TestServer server;
  for (const std::string& request : requests) {
    SCOPED_TRACE(request.substr(0, 300));
    RawClient client = server.client();
    client.send(request);
    client.finish();
    bool open = true;
    for (;;) {
      const Answer answer = client.read();
      if (answer.status == 0) break;
      EXPECT_TRUE(open);
      EXPECT_TRUE(answer.status == 100 || (answer.status >= 200 && answer.status < 506));
      open = answer.header("Connection") != "close";
    }
    EXPECT_EQ(client.read_to_end(), "");
  }
  EXPECT_EQ(server.client().ask(kNext).body, "next");
}

}  // namespace
}  // namespace millrace::http
