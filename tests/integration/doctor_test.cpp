// What `millrace doctor` finds on machines that are fit and on others.
#include "tests/integration/running_server.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace millrace {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() { std::ofstream(topology_) << "nodes: {parse: {}, identify: {}, dedupe: {}}\n"; }

  Finished examine(std::vector<std::string> more) const {
    std::vector<std::string> words = {
        "doctor", topology_, "--data", directory_.file("data"), "--listen", "127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    return run_millrace(words);
  }

  TemporaryDirectory directory_;
  const std::string topology_ = directory_.file("t.yaml");
};

TEST_F(DoctorTest, SaysOfEachCheckWhatItFound) {
  const Finished fit = examine({});
  for (const char* check :
       {"topology", "data", "sync", "room", "port", "files", "keys", "geo", "clock"})
    EXPECT_THAT(fit.out, ContainsRegex("(ok|warn|fail) +" + std::string(check) + " ")) << check;
  EXPECT_THAT(fit.out, HasSubstr("ok    topology"));
  EXPECT_THAT(fit.out, HasSubstr("ok    port"));
}

TEST_F(DoctorTest, FailsWithWhatKeepsTheServerFromRunning) {
  std::ofstream(topology_) << "nodes: {parse: {}}\n";
  const Finished wrong = examine({});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.out, HasSubstr("fail  topology"));
}

TEST_F(DoctorTest, SeesThatAPortIsTaken) {
  const RunningServer server(topology_, directory_.file("other"));
  const Finished taken =
      examine({"--listen", server.url().substr(std::string_view("http://").size())});
  EXPECT_EQ(taken.code, 1);
  EXPECT_THAT(taken.out, AllOf(HasSubstr("fail  port"), HasSubstr("--listen")));
}

TEST_F(DoctorTest, SeesWhoMayOpenTheKeys) {
  const std::string keys = directory_.file("keys.yaml");
  ASSERT_EQ(run_millrace({"keys", "new", keys}).code, 0);
  EXPECT_THAT(examine({"--keys", keys}).out, HasSubstr("ok    keys"));
  ASSERT_EQ(::chmod(keys.c_str(), 0644), 0);
  EXPECT_THAT(examine({"--keys", keys}).out, HasSubstr("chmod 600"));
  EXPECT_THAT(examine({"--keys", keys + ".none"}).out, HasSubstr("millrace keys new"));
}

TEST_F(DoctorTest, WritesJson) {
  EXPECT_THAT(examine({"--json"}).out, HasSubstr("{\"verdict\":\"ok\",\"check\":\"topology\""));
}

}  // namespace
}  // namespace millrace
