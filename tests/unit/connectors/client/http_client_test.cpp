// A client against servers that behave in one way or another.
#include "connectors/client/http_client.hpp"

#include "tests/unit/connectors/client/scripted_server.hpp"

#include <gmock/gmock.h>

namespace millrace::client {
namespace {

using millrace::testing::ScriptedServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public ::testing::Test {
 protected:
  Result<Answer> ask(HttpClient& client, const Question& question) {
    return client::ask(loop_, client, question);
  }
  HttpClient client_of(const ScriptedServer& server) {
    return HttpClient(loop_, *parse_address(server.url()));
  }

  Loop loop_;
};

TEST_F(HttpClientTest, AsksManyTimesOverOneConnection) {
  ScriptedServer server([](const std::string&) { return kOk; });
  {
    HttpClient client = client_of(server);
    for (int i = 0; i < 3; ++i) {
      const auto answer = ask(client, {.path = "/x"});
      ASSERT_TRUE(answer) << answer.error().what;
      EXPECT_EQ(answer->status, 200);
      EXPECT_EQ(answer->body, "ok");
    }
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, SendsBodyKeyAndBase) {
  ScriptedServer server([](const std::string&) { return kOk; });
  HttpClient client(loop_, *parse_address(server.url() + "/base"));
  const std::string headers = write_key_header("shop");
  ASSERT_TRUE(
      ask(client, {.method = "POST", .path = "/v1/batch", .body = "{}", .headers = headers}));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_THAT(requests[0], StartsWith("POST /base/v1/batch HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(requests[0], HasSubstr("\r\nAuthorization: Basic c2hvcDo=\r\n"));
  EXPECT_THAT(requests[0], HasSubstr("\r\nContent-Length: 2\r\n\r\n{}"));
}

TEST_F(HttpClientTest, TellsStatusReasonAndWhenToComeAgain) {
  ScriptedServer server([](const std::string&) {
    return "HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nX-Millrace-Reason: journal_full\r\n"
           "Content-Length: 0\r\n\r\n";
  });
  HttpClient client = client_of(server);
  const auto answer = ask(client, {});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->ok());
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->reason, "journal_full");
  EXPECT_EQ(answer->retry_after, std::chrono::seconds(2));
}

TEST_F(HttpClientTest, ComesAgainWhenTheServerClosedWhatWasIdle) {
  ScriptedServer server([](const std::string&) { return kOk; }, true);
  HttpClient client = client_of(server);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ask(client, {}));
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpClientTest, GivesUpWhenThereIsNoAnswer) {
  ScriptedServer server([](const std::string&) { return std::string(); });
  HttpClient client = client_of(server);
  const auto answer = ask(client, {.path = "/x"});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr(server.url()));
}

TEST_F(HttpClientTest, DoesNotWaitForEver) {
  ScriptedServer server(
      [](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"; });
  HttpClient client = client_of(server);
  const auto answer = ask(client, {.within = Duration(50)});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("in time"));
}

TEST_F(HttpClientTest, SaysThatNobodyListens) {
  std::string url;
  {
    ScriptedServer gone([](const std::string&) { return kOk; });
    url = gone.url();
  }
  HttpClient client(loop_, *parse_address(url));
  const auto answer = ask(client, {});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("refused"));
}

TEST_F(HttpClientTest, RefusesWhatIsNoHttp) {
  ScriptedServer server([](const std::string&) { return "SSH-2.0-OpenSSH\r\n\r\n"; });
  HttpClient client = client_of(server);
  EXPECT_FALSE(ask(client, {}));
}

TEST_F(HttpClientTest, HandsOverABodyPieceByPiece) {
  ScriptedServer server([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
  });
  HttpClient client = client_of(server);
  std::string got;
  const auto answer = ask(client, {.on_body = [&](std::string_view piece) {
                            got += piece;
                            return true;
                          }});
  ASSERT_TRUE(answer);
  EXPECT_EQ(got, "onetwo");
  EXPECT_TRUE(answer->body.empty());
}

TEST_F(HttpClientTest, KeepsTheBodyOfARefusalTogether) {
  ScriptedServer server(
      [](const std::string&) { return "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnone"; });
  HttpClient client = client_of(server);
  const auto answer = ask(client, {.on_body = [](std::string_view) { return false; }});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "none");
}

TEST_F(HttpClientTest, ReadsToTheEndWithoutALength) {
  ScriptedServer server([](const std::string&) { return "HTTP/1.1 200 OK\r\n\r\nall of it"; },
                        true);
  HttpClient client = client_of(server);
  const auto answer = ask(client, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "all of it");
}

TEST_F(HttpClientTest, MayHangUpAmidABody) {
  ScriptedServer server([](const std::string&) { return "HTTP/1.1 200 OK\r\n\r\nendless"; });
  HttpClient client = client_of(server);
  const auto answer = ask(client, {.on_body = [](std::string_view) { return false; }});
  EXPECT_FALSE(answer);
  EXPECT_FALSE(client.busy());
}

}  // namespace
}  // namespace millrace::client
