// docs/websocket.md: what it says clients send is sent, and what it says the server answers is what
// comes.
#include "connectors/websocket/collector.hpp"
#include "engine/config/node.hpp"
#include "tests/support/collecting.hpp"
#include "tests/unit/connectors/websocket/loopback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace millrace::websocket {
namespace {

struct Example {
  std::string who;  // "client", "client reconnects", "server"
  std::string text;
};

std::vector<Example> examples() {
  std::ifstream page(std::string(MILLRACE_SOURCE_DIR) + "/docs/websocket.md");
  std::vector<Example> found;
  constexpr std::string_view kFence = "```json ";
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with(kFence)) continue;
    Example example{line.substr(kFence.size()), {}};
    while (std::getline(page, line) && line != "```") example.text += line;
    found.push_back(std::move(example));
  }
  return found;
}

config::Node parsed(const std::string& text) {
  config::Problems problems;
  auto root = config::Document::load(text, "example", problems).root();
  EXPECT_TRUE(problems.empty()) << text;
  return root;
}

// The same members and, but for what differs from run to run, the same values.
void expect_alike(const config::Node& shown, const config::Node& real, const std::string& path) {
  if (path == "/session" || path.ends_with("/position")) return;
  ASSERT_EQ(shown.kind(), real.kind()) << path;
  EXPECT_EQ(shown.text(), real.text()) << path;
  ASSERT_EQ(shown.size(), real.size()) << path;
  for (const auto& entry : shown.entries())
    expect_alike(
        entry.value, real.child(std::string(entry.key)), path + "/" + std::string(entry.key));
  const auto shown_items = shown.items();
  const auto real_items = real.items();
  for (std::size_t i = 0; i < shown_items.size(); ++i)
    expect_alike(shown_items[i], real_items[i], path + "/" + std::to_string(i));
}

TEST(WebSocketPage, ItsExamplesAreWhatHappens) {
  FakeIntake intake;
  Metrics metrics;
  admission::KeysConfig keys;
  keys.write = {{.key = "wk1", .source = "web", .origins = {}, .rate = {}}};
  const admission::KeyRing ring{admission::Keys(keys)};
  admission::Collector admission({}, intake, ring, metrics);
  Collector collector({}, admission, [] { return from_millis(1'795'294'800'000); });
  http::Routes routes;
  collector.add_routes(routes);
  Loopback server(routes.all().front().upgrade);
  auto client = std::make_unique<RawClient>(server.port());

  std::string session;
  int said = 0;
  for (auto& [who, text] : examples()) {
    if (who == "server") {
      const auto answer = parsed(client->hear());
      expect_alike(parsed(text), answer, "");
      if (answer.child("session")) session = answer.child("session").text();
      continue;
    }
    ++said;
    if (who == "client reconnects") client = std::make_unique<RawClient>(server.port());
    constexpr std::string_view kSession = "5f0c\xe2\x80\xa6";
    if (const auto at = text.find(kSession); at != std::string::npos)
      text.replace(at, kSession.size(), session);
    client->say(text);
  }
  EXPECT_EQ(said, 7);
}

}  // namespace
}  // namespace millrace::websocket
