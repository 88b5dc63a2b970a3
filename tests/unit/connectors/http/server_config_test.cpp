#include "connectors/http/server_config.hpp"

#include "engine/config/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& yaml) {
  config::Problems problems;
  const auto document = config::Document::load(yaml, "server.yaml", problems);
  config::parse<ServerConfig>(document.root(), problems);
  std::vector<std::string> texts;
  for (const config::Problem& problem : problems)
    texts.push_back(problem.path + ": " + problem.what);
  return texts;
}

TEST(ServerConfig, HasDefaultsThatNobodyElseCanReach) {
  EXPECT_THAT(problems_of("{}"), IsEmpty());
  EXPECT_TRUE(parse_listen(ServerConfig().listen.at(0))->loopback);
}

TEST(ServerConfig, ListensToOthersOnlyWhenTold) {
  EXPECT_THAT(problems_of("listen: ['127.0.0.1:80', '[::1]:0', 'localhost:80']"), IsEmpty());
  EXPECT_THAT(problems_of("listen: ['0.0.0.0:80']"),
              ElementsAre(HasSubstr("listen[0]: other machines can reach '0.0.0.0:80'")));
  EXPECT_THAT(problems_of("listen: ['[::]:80']"), ElementsAre(HasSubstr("other machines")));
  EXPECT_THAT(problems_of("{listen: ['0.0.0.0:80'], expose: true}"), IsEmpty());
}

TEST(ServerConfig, SaysWhatIsNoAddressOrNetwork) {
  for (const std::string wrong : {"8080",
                                  "shop:80",
                                  "127.0.0.1",
                                  "127.0.0.1:",
                                  "127.0.0.1:70000",
                                  "::1:80",
                                  "[127.0.0.1]:80",
                                  "127.0.0.1:80x"})
    EXPECT_THAT(problems_of("listen: ['" + wrong + "']"), ElementsAre(HasSubstr("not an address")))
        << wrong;
  EXPECT_THAT(problems_of("trusted_proxies: [10.0.0.0/8, 10.0.0.1/8]"),
              ElementsAre(HasSubstr("trusted_proxies[1]: '10.0.0.1/8' is not a network")));
  EXPECT_THAT(problems_of("proxy_protocol: true"), ElementsAre(HasSubstr("no proxy is trusted")));
}

}  // namespace
}  // namespace millrace::http
