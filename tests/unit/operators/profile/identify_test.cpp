#include "engine/operator/registry.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/event_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Identification as a topology builds it from YAML.
class IdentifyUnderTest {
 public:
  explicit IdentifyUnderTest(std::string yaml = {}) : lane_(catalog_, numbers_, &problems) {
    Registry registry;
    add_builtin_operators(registry);
    const auto document = config::Document::load(std::move(yaml), "test.yaml", problems);
    Prepared prepared =
        registry.find("identify")->prepare(document.root(), problems, {.path = "nodes.identify"});
    if (!problems.empty()) return;
    lane_.begin_node("identify");
    identifier = prepared.make_identifier(lane_);
  }

  ProfileId push(const EventBuilder& event) {
    out.clear();
    const Verdict verdict =
        identifier->identify(event.make(catalog_, arena_, kStart, events_++), arena_, out);
    reason = verdict.reason();
    return out.profile;
  }
  // As rows of one batch, which is told beforehand; what came of each.
  std::vector<std::string> push_batch(const std::vector<EventBuilder>& events) {
    std::vector<Event> batch;
    for (const EventBuilder& event : events)
      batch.push_back(event.make(catalog_, arena_, kStart, events_++));
    batch.front().dead = true;
    batch.back().kind = EventKind::kTick;
    identifier->expect(batch);
    std::vector<std::string> told;
    for (std::size_t i = 1; i + 1 < batch.size(); ++i) {
      out.clear();
      reason = identifier->identify(batch[i], arena_, out).reason();
      told.push_back(what_came());
    }
    return told;
  }
  std::string what_came() const {
    std::string text = std::to_string(out.profile) + (out.created ? " new " : " ");
    for (const std::string_view id : out.new_ids) text.append(id).append(" ");
    for (const Merge& merge : out.merges) text += "merges " + std::to_string(merge.from) + " ";
    return text.append(reason);
  }
  std::uint64_t counter(const std::string& name) { return lane_.counter(name); }

  config::Problems problems;
  std::unique_ptr<Identifier> identifier;
  Identity out;
  std::string_view reason;

 private:
  Catalog catalog_;
  ColumnNumbers numbers_;
  Lane lane_;
  Arena arena_;
  std::uint64_t events_ = 0;
};

TEST(Identify, FollowsOnePersonFromTheFirstVisit) {
  IdentifyUnderTest identify;
  EXPECT_EQ(identify.push(page().anonymous("cookie")), 1u);
  EXPECT_TRUE(identify.out.created);
  EXPECT_THAT(identify.out.new_ids, ElementsAre("anonymous_id:cookie"));
  EXPECT_EQ(identify.push(millrace::identify("42").anonymous("cookie")), 1u);
  EXPECT_FALSE(identify.out.created);
  EXPECT_THAT(identify.out.new_ids, ElementsAre("user_id:42"));
  EXPECT_EQ(identify.push(page().user("42").anonymous("phone")), 1u);
  EXPECT_EQ(identify.push(page().anonymous("phone")), 1u);
  EXPECT_THAT(identify.out.new_ids, IsEmpty());
}

TEST(Identify, MergesWhatTurnsOutToBeOnePerson) {
  IdentifyUnderTest identify;
  identify.push(page().user("42"));
  identify.push(page().anonymous("cookie"));
  EXPECT_EQ(identify.push(page().user("42").anonymous("cookie")), 1u);
  ASSERT_EQ(identify.out.merges.size(), 1u);
  EXPECT_EQ(identify.out.merges[0].from, 2u);
  EXPECT_EQ(identify.identifier->find("anonymous_id:cookie"), 1u);
  EXPECT_EQ(identify.identifier->profiles(), 1u);
  EXPECT_EQ(identify.identifier->profiles_made(), 2u);
}

TEST(Identify, KeepsTwoUsersOfOneBrowserApart) {
  IdentifyUnderTest identify;
  EXPECT_EQ(identify.push(page().user("1").anonymous("shared")), 1u);
  EXPECT_EQ(identify.push(page().user("2").anonymous("shared")), 2u);
  EXPECT_THAT(identify.out.merges, IsEmpty());
  EXPECT_EQ(identify.push(page().anonymous("shared")), 1u);
}

TEST(Identify, TellsNamesOfIdentifiersApart) {
  IdentifyUnderTest identify;
  EXPECT_EQ(identify.push(page().user("42")), 1u);
  EXPECT_EQ(identify.push(page().anonymous("42")), 2u);
  EXPECT_EQ(identify.identifier->find("user_id:42"), 1u);
  EXPECT_EQ(identify.identifier->find("anonymous_id:42"), 2u);
  for (const char* unknown : {"user_id:43", "email:42", "42", "", ":"})
    EXPECT_EQ(identify.identifier->find(unknown), kNoProfile) << unknown;
}

TEST(Identify, AliasMergesWhateverThePreviousIdWas) {
  IdentifyUnderTest identify;
  identify.push(page().anonymous("cookie"));
  EXPECT_EQ(identify.push(alias("cookie", "42")), 1u);
  EXPECT_EQ(identify.push(page().user("42")), 1u);

  EXPECT_EQ(identify.push(page().user("old")), 2u);
  EXPECT_EQ(identify.push(page().user("new")), 3u);
  EXPECT_EQ(identify.push(alias("old", "new")), 2u);
  ASSERT_EQ(identify.out.merges.size(), 1u);
  EXPECT_EQ(identify.push(page().user("new")), 2u);

  EXPECT_EQ(identify.push(alias("never seen", "someone")), 4u);
  EXPECT_EQ(identify.push(page().anonymous("never seen")), 4u);
}

TEST(Identify, IgnoresThePreviousIdOfOtherEvents) {
  IdentifyUnderTest identify;
  identify.push(page().anonymous("cookie"));
  EXPECT_EQ(identify.push(page().user("42").previous("cookie")), 2u);
}

TEST(Identify, RefusesValuesThatIdentifyNobody) {
  IdentifyUnderTest identify("blocked: [Test-User]");
  for (const char* nobody : {"",
                             " ",
                             "null",
                             "NULL",
                             " undefined ",
                             "nil",
                             "None",
                             "anonymous",
                             "Guest",
                             "unknown",
                             "N/A",
                             "-1",
                             "0",
                             "0000",
                             "true",
                             "false",
                             "NaN",
                             "[object Object]",
                             "---",
                             "xxx",
                             "00000000-0000-0000-0000-000000000000",
                             "ffffffff-ffff-ffff-ffff-ffffffffffff",
                             "11111111",
                             "test-user"}) {
    EXPECT_EQ(identify.push(page().user(nobody)), kNoProfile) << nobody;
    EXPECT_EQ(identify.reason, "no_usable_identifier");
  }
  EXPECT_EQ(identify.push(page().user(std::string(257, 'x') + "y")), kNoProfile);
  EXPECT_EQ(identify.counter("values_blocked"), 23u);
  EXPECT_EQ(identify.identifier->profiles(), 0u);
  ProfileId next = 1;
  for (const char* somebody : {"1", "7", "11", "222", "a", "null1", "10", "01", "x-x-y"})
    EXPECT_EQ(identify.push(page().user(somebody)), next++) << somebody;
}

TEST(Identify, UsesWhatIsLeftWhenOneValueIsBlocked) {
  IdentifyUnderTest identify;
  EXPECT_EQ(identify.push(page().user("null").anonymous("cookie")), 1u);
  EXPECT_EQ(identify.push(page().user("null").anonymous("other")), 2u);
  EXPECT_THAT(identify.out.new_ids, ElementsAre("anonymous_id:other"));
}

constexpr auto kWithProperties = R"(
identifiers:
  - user_id
  - {path: traits.email, name: email}
  - {path: context.traits.email, name: email}
  - {path: context.device.id, hash: true}
  - {path: traits.code, form: lower}
  - anonymous_id
)";

TEST(Identify, KnowsPropertiesAsIdentifiers) {
  IdentifyUnderTest identify(kWithProperties);
  EXPECT_EQ(identify.push(page().with("traits.email", " Ann@Example.COM ")), 1u);
  EXPECT_THAT(identify.out.new_ids, ElementsAre("email:ann@example.com"));
  EXPECT_EQ(identify.push(page().with("context.traits.email", "ann@example.com")), 1u);
  EXPECT_EQ(identify.identifier->find("email:ANN@example.com"), 1u);
  EXPECT_EQ(identify.push(page().with("traits.code", "AbC")), 2u);
  EXPECT_EQ(identify.push(page().with("traits.code", "aBc")), 2u);
  EXPECT_EQ(identify.push(page().user("Ann")), 3u);
  EXPECT_EQ(identify.push(page().user("ann")), 4u);
}

TEST(Identify, ShowsAHashWhereItIsTold) {
  IdentifyUnderTest identify(kWithProperties);
  EXPECT_EQ(identify.push(page().with("context.device.id", "secret")), 1u);
  ASSERT_EQ(identify.out.new_ids.size(), 1u);
  EXPECT_THAT(std::string(identify.out.new_ids[0]), HasSubstr("context.device.id:"));
  EXPECT_EQ(identify.out.new_ids[0].find("secret"), std::string_view::npos);
  EXPECT_EQ(identify.identifier->find("context.device.id:secret"), 1u);
}

TEST(Identify, ReadsWholeNumbersAndNoOtherValues) {
  IdentifyUnderTest identify(kWithProperties);
  EXPECT_EQ(identify.push(page().with("traits.code", 1234567)), 1u);
  EXPECT_EQ(identify.push(page().with("traits.code", "1234567")), 1u);
  EXPECT_EQ(identify.push(page().with("traits.code", 1.5)), kNoProfile);
  EXPECT_EQ(identify.push(page().with("traits.code", 1e300)), kNoProfile);
  EXPECT_EQ(identify.push(page().with("traits.code", true)), kNoProfile);
  EXPECT_EQ(identify.push(page().with("traits.code", nullptr)), kNoProfile);
}

// To know the batch beforehand saves time, and nothing else.
TEST(Identify, TellsOfABatchWhatItTellsOfItsEvents) {
  const std::vector<EventBuilder> events = {
      page().anonymous("dead"),
      page().anonymous("cookie").with("traits.email", " Ann@Example.com "),
      page().user("null").anonymous("0000"),
      millrace::identify("42").anonymous("phone"),
      alias("cookie", "42"),
      page().user("7").with("traits.email", "ann@example.COM"),
      page().user("42").anonymous("42").with("traits.email", 12.0),
      page().anonymous("phone"),
      page().anonymous("tick")};
  IdentifyUnderTest at_once(kWithProperties);
  IdentifyUnderTest singly(kWithProperties);
  const auto told = at_once.push_batch(events);
  ASSERT_EQ(told.size(), events.size() - 2);
  for (std::size_t i = 0; i < told.size(); ++i) {
    singly.push(events[i + 1]);
    EXPECT_EQ(told[i], singly.what_came()) << i;
  }
  EXPECT_EQ(at_once.identifier->digest(), singly.identifier->digest());
  EXPECT_EQ(at_once.counter("values_blocked"), 2u);
  EXPECT_EQ(singly.counter("values_blocked"), 2u);
  EXPECT_EQ(at_once.identifier->find("anonymous_id:dead"), kNoProfile);
}

TEST(Identify, RejectsNewPeopleWhenItsTableIsFull) {
  IdentifyUnderTest identify("ids_total_max: 2");
  identify.push(page().user("1").anonymous("a"));
  EXPECT_EQ(identify.push(page().user("2")), kNoProfile);
  EXPECT_EQ(identify.reason, "identity_table_full");
  EXPECT_EQ(identify.push(page().user("1").anonymous("b")), 1u);
  EXPECT_EQ(identify.counter("ids_refused"), 1u);
}

TEST(Identify, CountsMergesThatItRefuses) {
  IdentifyUnderTest identify("merges_max: 0");
  identify.push(page().user("1"));
  identify.push(page().anonymous("a"));
  EXPECT_EQ(identify.push(page().user("1").anonymous("a")), 1u);
  EXPECT_THAT(identify.out.merges, IsEmpty());
  EXPECT_EQ(identify.counter("merges_refused"), 1u);
}

TEST(Identify, RemembersThroughARestart) {
  MemoryStore store;
  IdentifyUnderTest before;
  before.push(page().user("1").anonymous("a"));
  before.push(page().user("2"));
  WriteSet changes;
  before.identifier->save("i", changes);
  ASSERT_TRUE(store.write(changes).ok());
  IdentifyUnderTest after;
  ASSERT_TRUE(after.identifier->restore("i", store).ok());
  EXPECT_EQ(after.identifier->digest(), before.identifier->digest());
  EXPECT_EQ(after.push(page().anonymous("a")), 1u);
  EXPECT_EQ(after.push(page().user("3")), 3u);
}

TEST(Identify, ExplainsAWrongConfiguration) {
  const auto problem = [](std::string yaml) {
    const IdentifyUnderTest identify(std::move(yaml));
    return identify.problems.empty() ? std::string() : render_all(identify.problems, "");
  };
  EXPECT_EQ(problem(kWithProperties), "");
  EXPECT_THAT(problem("identifiers: [anonymous_id, user_id]"), HasSubstr("comes first"));
  EXPECT_THAT(problem("identifiers: [user_id, {path: 'traits..email'}]"), HasSubstr("path"));
  EXPECT_THAT(problem("identifiers: []"), HasSubstr("identifiers"));
  EXPECT_THAT(problem("identifiers: [{path: a, name: 'b:c'}]"), HasSubstr("name"));
}

}  // namespace
}  // namespace millrace
