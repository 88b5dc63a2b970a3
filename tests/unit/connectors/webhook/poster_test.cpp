// Posting to receivers that behave in every way.
#include "connectors/webhook/poster.hpp"

#include "engine/base/file.hpp"
#include "tests/unit/connectors/client/scripted_server.hpp"
#include "tests/unit/connectors/webhook/receiver.hpp"
#include "tests/unit/state/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace millrace::webhook {
namespace {

using namespace std::chrono_literals;
using millrace::testing::Certificate;
using millrace::testing::make_certificate;
using millrace::testing::read_to_end;
using millrace::testing::Receiver;
using millrace::testing::ScriptedServer;
using millrace::testing::talk_tls;

constexpr const char* kOk = "HTTP/1.1 204 No Content\r\n\r\n";

PosterOptions to_url(const std::string& url) {
  PosterOptions options;
  options.target = *parse_target(url);
  options.allowed = {*parse_network("127.0.0.0/8")};
  return options;
}
PosterOptions to(const ScriptedServer& server) { return to_url(server.url() + "/hook?a=b"); }
PosterOptions to(const Receiver& receiver) {
  return to_url("http://127.0.0.1:" + std::to_string(receiver.port()) + "/");
}
std::vector<IpAddress> loopback() { return {boost::asio::ip::make_address("127.0.0.1")}; }

TEST(WebhookPoster, SendsARequestAndKeepsItsConnection) {
  ScriptedServer server([](const std::string&) { return kOk; });
  Poster poster(to(server));
  for (int i = 0; i < 3; ++i) {
    const auto answer = poster.post("x-test: 1\r\n", "{}");
    ASSERT_TRUE(answer.ok()) << answer.error().what;
    EXPECT_EQ(answer->status, 204);
  }
  EXPECT_EQ(server.connections(), 1);
  const std::string request = server.requests()[0];
  EXPECT_TRUE(request.starts_with("POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:")) << request;
  EXPECT_TRUE(request.ends_with("Content-Length: 2\r\nx-test: 1\r\n\r\n{}")) << request;
}

TEST(WebhookPoster, ConnectsAgainWhenTheReceiverHungUpInBetween) {
  ScriptedServer server([](const std::string&) { return kOk; }, true);
  Poster poster(to(server));
  EXPECT_TRUE(poster.post("", "{}").ok());
  EXPECT_TRUE(poster.post("", "{}").ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST(WebhookPoster, GivesUpOnAReceiverThatNeverAnswers) {
  Receiver receiver([](auto& socket) { read_to_end(socket); });
  PosterOptions options = to(receiver);
  options.answer = 50ms;
  Poster poster(options);
  const auto answer = poster.post("", "{}");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().what, "no answer in time");
}

TEST(WebhookPoster, GivesUpOnAReceiverThatSpeaksTooSlowly) {
  Receiver receiver([](auto& socket) {
    boost::system::error_code failure;
    boost::asio::write(socket, boost::asio::buffer("H", 1), failure);
    read_to_end(socket);
  });
  PosterOptions options = to(receiver);
  options.answer = 50ms;
  Poster poster(options);
  EXPECT_FALSE(poster.post("", "{}").ok());
}

TEST(WebhookPoster, DoesNotNeedTheBodyOfAnAnswer) {
  Receiver receiver([](auto& socket) {
    boost::system::error_code failure;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx";
    boost::asio::write(socket, boost::asio::buffer(answer), failure);
    read_to_end(socket);
  });
  PosterOptions options = to(receiver);
  options.answer = 200ms;
  Poster poster(options);
  const auto answer = poster.post("", "{}");
  ASSERT_TRUE(answer.ok()) << answer.error().what;
  EXPECT_EQ(answer->status, 200);
}

TEST(WebhookPoster, SurvivesAReset) {
  Receiver receiver([](auto& socket) {
    std::string bytes(1024, '\0');
    boost::system::error_code failure;
    socket.read_some(boost::asio::buffer(bytes), failure);
    socket.set_option(boost::asio::socket_base::linger(true, 0), failure);
    socket.close(failure);
  });
  Poster poster(to(receiver));
  EXPECT_FALSE(poster.post("", "{}").ok());
  EXPECT_FALSE(poster.post("", "{}").ok());
}

TEST(WebhookPoster, TakesNoAnswerThatIsNoHttp) {
  ScriptedServer server([](const std::string&) { return "220 mail.example ESMTP\r\n\r\n"; });
  Poster poster(to(server));
  EXPECT_FALSE(poster.post("", "{}").ok());
}

TEST(WebhookPoster, SaysWhenTheNameCannotBeFound) {
  PosterOptions options = to_url("http://nowhere.test/");
  options.resolve = [](const std::string& host) -> Result<std::vector<IpAddress>> {
    return Error{host + " does not exist"};
  };
  const auto answer = Poster(options).post("", "{}");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().what, "nowhere.test does not exist");
}

TEST(WebhookPoster, LooksANameUpOnceAndChecksEveryAddress) {
  ScriptedServer server([](const std::string&) { return kOk; });
  const std::string port = server.url().substr(server.url().rfind(':'));
  PosterOptions options = to_url("http://rebinding.test" + port + "/");
  int asked = 0;
  options.resolve = [&](const std::string&) -> Result<std::vector<IpAddress>> {
    std::vector<IpAddress> found = loopback();
    if (++asked > 1) found.push_back(boost::asio::ip::make_address("169.254.169.254"));
    return found;
  };
  Poster poster(options);
  EXPECT_TRUE(poster.post("", "{}").ok());
  EXPECT_EQ(asked, 1);
  const auto answer = Poster(options).post("", "{}");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().what,
            "may not connect to rebinding.test: 169.254.169.254 is link-local");
  EXPECT_EQ(server.connections(), 1) << "not even to the good address";
}

TEST(WebhookPoster, StopsFromAnotherThread) {
  std::atomic<bool> connected = false;
  Receiver receiver([&](auto& socket) {
    connected = true;
    connected.notify_all();
    read_to_end(socket);
  });
  PosterOptions options = to(receiver);
  options.answer = 5min;
  Poster poster(options);
  std::thread stopper([&] {
    connected.wait(false);
    poster.stop();
  });
  EXPECT_FALSE(poster.post("", "{}").ok());
  stopper.join();
  EXPECT_FALSE(poster.post("", "{}").ok());
}

class WebhookPosterTls : public ::testing::Test {
 protected:
  // An attempt to reach "receiver.test" which trusts one certificate only.
  Result<PostAnswer> post(const Certificate& of_server, const Certificate& trusted) {
    Receiver receiver(talk_tls(of_server, kOk));
    SystemFiles files;
    const std::string ca_file = directory.path() + "/ca.pem";
    EXPECT_TRUE(replace_file(files, ca_file, trusted.certificate).ok());
    PosterOptions options =
        to_url("https://receiver.test:" + std::to_string(receiver.port()) + "/");
    options.ca_file = ca_file;
    options.resolve = [](const std::string&) -> Result<std::vector<IpAddress>> {
      return loopback();
    };
    return Poster(options).post("", "{}");
  }

  TemporaryDirectory directory;
};

TEST_F(WebhookPosterTls, TrustsTheAuthoritiesThatItIsTold) {
  const Certificate good = make_certificate("receiver.test");
  const auto answer = post(good, good);
  ASSERT_TRUE(answer.ok()) << answer.error().what;
  EXPECT_EQ(answer->status, 204);
}

TEST_F(WebhookPosterTls, RefusesACertificateOfNobodyKnown) {
  const auto answer = post(make_certificate("receiver.test"), make_certificate("receiver.test"));
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().what.starts_with("no secure connection")) << answer.error().what;
}

TEST_F(WebhookPosterTls, RefusesACertificateForAnotherName) {
  const Certificate other = make_certificate("other.test");
  EXPECT_FALSE(post(other, other).ok());
}

TEST(WebhookRetryAfter, IsSecondsOrADate) {
  const Time now = *parse_time("1994-11-06T08:49:00Z");
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("0", now), 0s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 37s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), 0s);
  for (const char* text : {"",
                           "-1",
                           "1.5",
                           "soon",
                           "Sun, 06 Nox 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GMT",
                           "99999999999999999999"})
    EXPECT_FALSE(parse_retry_after(text, now)) << text;
}

}  // namespace
}  // namespace millrace::webhook
