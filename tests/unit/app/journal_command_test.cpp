// `millrace journal` on journals that are sound, damaged, in use, and not there.
#include "engine/base/file.hpp"
#include "engine/event/hit.hpp"
#include "engine/journal/format.hpp"
#include "engine/journal/journal.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class JournalCommand : public ::testing::Test {
 protected:
  JournalCommand() : path_(directory_.file("data/journal")) {}

  // Commits a hit, a tick and another hit, each group for itself.
  std::unique_ptr<Journal> fill() {
    auto journal = Journal::open(files_, path_, {});
    EXPECT_TRUE(journal.ok());
    std::string hit;
    encode_hit({.source = "web", .body = R"({"type":"page"})"}, hit);
    const NewRecord records[] = {{RecordKind::kHit, from_millis(1'000), hit},
                                 {RecordKind::kTick, from_millis(2'000), {}},
                                 {RecordKind::kHit, from_millis(3'000), hit}};
    for (const NewRecord& record : records) {
      EXPECT_TRUE((*journal)->append(record).ok());
      EXPECT_TRUE((*journal)->commit().ok());
    }
    return *std::move(journal);
  }

  // Flips a byte inside the last group.
  void damage() {
    std::fstream file(path_ + "/" + segment_name(0),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end);
    file.put('\x5a');
  }

  Finished run(std::string verb, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"journal", std::move(verb), directory_.file("data")});
    return run_millrace(more);
  }

  TemporaryDirectory directory_;
  SystemFiles files_;
  std::string path_;
};

TEST_F(JournalCommand, CatPrintsRecordsAsLines) {
  fill();
  const Finished all = run("cat");
  EXPECT_EQ(all.code, 0);
  EXPECT_EQ(all.out,
            "{\"position\":0,\"kind\":\"hit\",\"time\":\"1970-01-01T00:00:01.000Z\","
            "\"source\":\"web\",\"body\":\"{\\\"type\\\":\\\"page\\\"}\"}\n"
            "{\"position\":1,\"kind\":\"tick\",\"time\":\"1970-01-01T00:00:02.000Z\"}\n"
            "{\"position\":2,\"kind\":\"hit\",\"time\":\"1970-01-01T00:00:03.000Z\","
            "\"source\":\"web\",\"body\":\"{\\\"type\\\":\\\"page\\\"}\"}\n");
  EXPECT_EQ(run("cat", {"--from", "1", "--limit", "1"}).out,
            "{\"position\":1,\"kind\":\"tick\",\"time\":\"1970-01-01T00:00:02.000Z\"}\n");
  EXPECT_THAT(run("cat", {"--from", "3"}).out, IsEmpty());
}

TEST_F(JournalCommand, InspectCountsWhatIsThere) {
  fill();
  const Finished table = run("inspect");
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.out, HasSubstr("1970-01-01T00:00:01.000Z, 1970-01-01T00:00:03.000Z"));
  const Finished json = run("inspect", {"--json"});
  EXPECT_THAT(json.out, HasSubstr("\"hits\": 2,\n      \"ticks\": 1,\n      \"epochs\": 0"));
}

TEST_F(JournalCommand, VerifyAndRepairTellDamage) {
  fill();
  EXPECT_EQ(run("verify").code, 0);
  EXPECT_EQ(run("repair").out, "nothing to mend\n");
  damage();
  const Finished damaged = run("verify");
  EXPECT_EQ(damaged.code, 1);
  EXPECT_THAT(damaged.out, HasSubstr("damaged: 1 segments, 2 groups, 2 records"));
  const Finished json = run("verify", {"--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, StartsWith("{\n  \"sound\": false"));
  EXPECT_THAT(json.out, HasSubstr("\"kind\": \"tail\""));
  const Finished repaired = run("repair");
  EXPECT_EQ(repaired.code, 0);
  EXPECT_THAT(repaired.out, HasSubstr("mended 1 segments"));
  EXPECT_EQ(run("verify").code, 0);
}

TEST_F(JournalCommand, RepairLeavesAJournalInUseAlone) {
  const auto journal = fill();
  EXPECT_EQ(run("repair").code, 75);
  EXPECT_EQ(run("cat", {"--limit", "1"}).code, 0);
}

TEST_F(JournalCommand, SaysWhenThereIsNoJournal) {
  for (const char* verb : {"inspect", "verify", "cat"}) {
    const Finished none = run(verb);
    EXPECT_EQ(none.code, 2) << verb;
    EXPECT_THAT(none.err, HasSubstr("No such file or directory"));
  }
}

}  // namespace
}  // namespace millrace
