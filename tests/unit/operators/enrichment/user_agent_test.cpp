#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::IsEmpty;
using Wrote = std::map<std::string, std::string>;

const std::vector<std::string> kPaths = {"context.browser.name",
                                         "context.browser.version",
                                         "context.os.name",
                                         "context.os.version",
                                         "context.device.type",
                                         "context.device.manufacturer",
                                         "context.device.model"};

// What it found, in the order of kPaths; "-" for nothing.
std::string found(const EventBuilder& event) {
  const Wrote wrote = OperatorUnderTest("user_agent", "", {.reads = kPaths}).push(event).wrote;
  std::string out;
  for (const std::string& path : kPaths)
    out += (out.empty() ? "" : ", ") + (wrote.contains(path) ? wrote.at(path) : "-");
  return out;
}

EventBuilder from(const std::string& agent) { return page().with("context.userAgent", agent); }

const std::string kIphone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1";
const std::string kFrozenWindows =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Safari/537.36";
const std::string kFrozenAndroid =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
    "Mobile Safari/537.36";

TEST(UserAgentOperator, ReadsTheAgent) {
  EXPECT_EQ(found(from(kIphone)), "Mobile Safari, 17.4.1, iOS, 17.4.1, mobile, Apple, iPhone");
  EXPECT_EQ(found(from(kFrozenWindows)), "Chrome, 124.0.0, Windows, 10, desktop, -, -");
  EXPECT_EQ(found(from(kFrozenAndroid)), "Chrome Mobile, 124.0.0, Android, 10, mobile, -, -");
  EXPECT_EQ(found(from("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")),
            "Googlebot, 2.1, -, -, bot, -, -");
  EXPECT_EQ(found(from("no browser at all")), "-, -, -, -, -, -, -");
  EXPECT_EQ(found(page()), "-, -, -, -, -, -, -");
  EXPECT_EQ(found(page().with("context.userAgent", 5)), "-, -, -, -, -, -, -");
}

TEST(UserAgentOperator, BelievesClientHintsFirst) {
  const auto edge = from(kFrozenWindows)
                        .with("context.userAgentData.brands[0].brand", "Chromium")
                        .with("context.userAgentData.brands[0].version", "124")
                        .with("context.userAgentData.brands[1].brand", "Microsoft Edge")
                        .with("context.userAgentData.brands[1].version", "123")
                        .with("context.userAgentData.brands[2].brand", "Not-A.Brand")
                        .with("context.userAgentData.brands[2].version", "99")
                        .with("context.userAgentData.platform", "Windows");
  EXPECT_EQ(found(edge), "Edge, 123, Windows, 10, desktop, -, -");
  auto windows_11 = edge;
  windows_11.with("context.userAgentData.platformVersion", "15.0.0");
  windows_11.with("context.userAgentData.fullVersionList[1].brand", "Microsoft Edge");
  windows_11.with("context.userAgentData.fullVersionList[1].version", "123.0.2420.81");
  EXPECT_EQ(found(windows_11), "Edge, 123.0.2420.81, Windows, 11, desktop, -, -");
  const auto pixel = from(kFrozenAndroid)
                         .with("context.userAgentData.brands[0].brand", "Google Chrome")
                         .with("context.userAgentData.brands[0].version", "124")
                         .with("context.userAgentData.mobile", true)
                         .with("context.userAgentData.model", "Pixel 8")
                         .with("context.userAgentData.platform", "Android")
                         .with("context.userAgentData.platformVersion", "14.0.0");
  EXPECT_EQ(found(pixel), "Chrome Mobile, 124, Android, 14.0.0, mobile, Google, Pixel 8");
}

TEST(UserAgentOperator, LeavesWhatTheEventSays) {
  EXPECT_EQ(found(from(kIphone).with("context.device.type", "ios").with("context.os.name", "x")),
            "Mobile Safari, 17.4.1, -, 17.4.1, -, Apple, iPhone");
}

TEST(UserAgentOperator, ReadsNothingForNobody) {
  OperatorUnderTest unread("user_agent");
  EXPECT_EQ(unread.catalog().projection.size(), 0u);
  EXPECT_THAT(unread.push(from(kIphone)).wrote, IsEmpty());
  OperatorUnderTest os("user_agent", "remembered: 1", {.reads = {"context.os.name"}});
  EXPECT_EQ(os.catalog().projection.size(), 4u);
}

}  // namespace
}  // namespace millrace
