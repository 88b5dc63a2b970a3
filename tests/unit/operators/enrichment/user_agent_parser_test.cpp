// Against uap-core's own tests, as the package has them.
#include "operators/enrichment/user_agent_parser.hpp"

#include "engine/base/file.hpp"
#include "engine/config/node.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace millrace {
namespace {

using Case = config::Node;

std::string text(const Case& at, std::string_view key) {
  const config::Node node = at.child(key);
  return node && node.is_scalar() ? std::string(node.text()) : std::string();
}

// Calls check(case) for every `step`th case; says how many there were.
std::size_t for_cases(const std::string& name,
                      std::size_t step,
                      const std::function<void(const Case&)>& check) {
  SystemFiles files;
  auto read = read_file(files, MILLRACE_UAP_CORE "/" + name, 64 << 20);
  EXPECT_TRUE(read.ok()) << name;
  if (!read.ok()) return 0;
  config::Problems problems;
  const auto document = config::Document::load(
      *std::move(read), name, problems, {.bytes = 64 << 20, .values = 10'000'000});
  EXPECT_EQ(config::render_all(problems, document.source()), "");
  const auto cases = document.root().child("test_cases").items();
  std::size_t checked = 0;
  for (std::size_t i = 0; i < cases.size(); i += step, ++checked) check(cases[i]);
  return checked;
}

std::string other(const std::string& found) { return found.empty() ? "Other" : found; }

std::string joined(const Case& at, std::initializer_list<std::string_view> keys) {
  std::string out;
  for (const auto key : keys)
    if (const std::string part = text(at, key); !part.empty())
      out += (out.empty() ? "" : ".") + part;
  return out;
}

TEST(UserAgentParser, FindsTheBrowsersOfUapCoresTests) {
  UserAgentParser parser(1);
  for (const char* name : {"tests/test_ua.yaml",
                           "test_resources/firefox_user_agent_strings.yaml",
                           "test_resources/opera_mini_user_agent_strings.yaml",
                           "test_resources/podcasting_user_agent_strings.yaml"})
    EXPECT_GT(for_cases(name,
                        1,
                        [&](const Case& at) {
                          const UserAgent& found = parser.parse(text(at, "user_agent_string"));
                          EXPECT_EQ(other(found.browser), text(at, "family"))
                              << text(at, "user_agent_string");
                          EXPECT_EQ(found.browser_version, joined(at, {"major", "minor", "patch"}))
                              << text(at, "user_agent_string");
                        }),
              100u);
}

TEST(UserAgentParser, FindsTheSystemsOfUapCoresTests) {
  UserAgentParser parser(1);
  for (const char* name : {"tests/test_os.yaml", "test_resources/additional_os_tests.yaml"})
    EXPECT_GT(
        for_cases(
            name,
            1,
            [&](const Case& at) {
              const UserAgent& found = parser.parse(text(at, "user_agent_string"));
              EXPECT_EQ(other(found.os), text(at, "family")) << text(at, "user_agent_string");
              EXPECT_EQ(found.os_version, joined(at, {"major", "minor", "patch", "patch_minor"}))
                  << text(at, "user_agent_string");
            }),
        20u);
}

TEST(UserAgentParser, FindsTheDevicesOfUapCoresTests) {
  UserAgentParser parser(1);
  EXPECT_GT(for_cases("tests/test_device.yaml",
                      3,
                      [&](const Case& at) {
                        const UserAgent& found = parser.parse(text(at, "user_agent_string"));
                        EXPECT_EQ(other(found.device), text(at, "family"))
                            << text(at, "user_agent_string");
                        EXPECT_EQ(found.brand, text(at, "brand")) << text(at, "user_agent_string");
                        EXPECT_EQ(found.model, text(at, "model")) << text(at, "user_agent_string");
                      }),
            5'000u);
}

TEST(UserAgentParser, RemembersWithoutMixingUp) {
  UserAgentParser one(1);
  UserAgentParser many(1'000);
  for (int round = 0; round < 3; ++round)
    for (int version = 1; version < 20; ++version) {
      const std::string agent = "Mozilla/5.0 (X11; Linux x86_64; rv:9.0) Gecko/20100101 Firefox/" +
                                std::to_string(version) + ".0";
      EXPECT_EQ(one.parse(agent).browser_version, std::to_string(version) + ".0");
      EXPECT_EQ(many.parse(agent).browser_version, std::to_string(version) + ".0");
    }
}

TEST(UserAgentParser, TakesAnyBytes) {
  UserAgentParser parser(16);
  EXPECT_EQ(parser.parse("").browser, "");
  EXPECT_EQ(parser.parse("\xff").browser, "");
  EXPECT_EQ(parser.parse(std::string(100'000, 'a')).browser, "");
  EXPECT_EQ(parser.parse(std::string(511, ' ') + "Firefox/99.0").browser, "") << "cut";
}

}  // namespace
}  // namespace millrace
