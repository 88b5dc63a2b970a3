// The runner of test files, on topologies with one operator that is written for it.
#include "app/test/case_runner.hpp"

#include "operators/builtin.hpp"

#include <gmock/gmock.h>

#include <map>

namespace millrace {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct NoConfig {
  static constexpr auto fields() { return std::tuple{}; }
};

struct Flag {
  bool on = false;
  bool empty() const { return !on; }
  void encode(ByteWriter& to) const { to.byte(on ? 1 : 0); }
  bool decode(ByteReader& from, std::uint32_t) {
    on = from.byte() == 1;
    return from.ok();
  }
  void merge(const Flag& other) { on = on || other.on; }
  std::size_t heap_bytes() const { return 0; }
  static constexpr std::uint32_t kVersion = 1;
};

// A customer who buys is `active` for a day; buying has an effect.
class Activity final : public Operator {
 public:
  using Config = NoConfig;
  static constexpr std::string_view kName = "activity";
  static constexpr std::string_view kSummary = "Says who is active.";

  Activity(const Config&, Lane& lane)
      : lane_(lane),
        active_(lane.catalog().declare_segment("active")),
        buy_(lane.catalog().event("buy")),
        amount_(lane.field("properties.amount")),
        state_(lane.state<Flag>("active")),
        timer_(lane.timer("end")) {}

  Verdict process(Event& event, Output& out) override {
    if (event.name != buy_) return Verdict::keep();
    if (event.value(amount_).is(ValueKind::kString)) return Verdict::drop("no_amount");
    if (!state_[event.slot].on) out.enter(event.slot, active_);
    state_[event.slot].on = true;
    lane_.set_timer(event.slot, timer_, lane_.now() + std::chrono::hours(24));
    out.effect(event.slot, "thank", R"({"gift":{"kind":"mug"}})");
    return Verdict::keep();
  }
  void on_timer(const Timer& timer, Output& out) override {
    state_[timer.slot].on = false;
    out.exit(timer.slot, active_);
  }

 private:
  Lane& lane_;
  SegmentId active_;
  NameId buy_;
  FieldId amount_;
  KeyedState<Flag>& state_;
  TimerId timer_;
};

// Breaks the law that lanes must not matter: counts the events of its lane.
class LaneCounter final : public Operator {
 public:
  using Config = NoConfig;
  static constexpr std::string_view kName = "lane_counter";
  static constexpr std::string_view kSummary = "Enters at the lane's third event.";

  LaneCounter(const Config&, Lane& lane) : third_(lane.catalog().declare_segment("third")) {}
  Verdict process(Event& event, Output& out) override {
    if (++events_ == 3) out.enter(event.slot, third_);
    return Verdict::keep();
  }

 private:
  SegmentId third_;
  int events_ = 0;
};

class CaseRunner : public ::testing::Test {
 protected:
  CaseRunner() {
    add_builtin_operators(registry_);
    registry_.add<Activity>();
    registry_.add<LaneCounter>();
    files_["t/a.yaml"] =
        "epoch: 1m\nevents: {buy: Item Bought}\nnodes: {parse: , identify: , activity: }\n";
    files_["t/c.yaml"] = "nodes: {parse: , identify: , lane_counter: }\n";
  }

  std::optional<TestFile> load(const std::string& text) {
    files_["t/x.test.yaml"] = text;
    problems_ = {};
    const auto read = [&](const std::string& path) -> Result<std::string> {
      const auto at = files_.find(path);
      if (at == files_.end()) return Error{"no " + path};
      return at->second;
    };
    auto loaded = load_test_file("t/x.test.yaml", read, registry_, problems_);
    EXPECT_TRUE(loaded.ok()) << loaded.error().what;
    return loaded.ok() ? *loaded : std::nullopt;
  }

  // The lines of the only case of a file of a.yaml: '-' missing, '+' unexpected.
  std::vector<std::string> run(const std::string& body, const std::string& topology = "a.yaml") {
    const auto file = load("topology: " + topology + "\ncases:\n- name: it\n" + body);
    if (!file) return {config::render_all(problems_.problems, problems_.source)};
    const auto result = run_case(*file, file->cases[0], registry_, true);
    EXPECT_TRUE(result.ok());
    std::vector<std::string> out = result->complaints;
    for (const Difference& one : result->outputs)
      if (one.kind != Difference::Kind::kSame)
        out.push_back((one.kind == Difference::Kind::kMissing ? "- " : "+ ") + one.line);
    EXPECT_EQ(out.empty(), result->passed());
    return out;
  }

  Registry registry_;
  std::map<std::string, std::string> files_;
  TestFileProblems problems_;
};

TEST_F(CaseRunner, TimersFireExactly) {
  EXPECT_THAT(run(R"(  events: [1h buy]
  expect: [1h enter active, 1h effect thank, 25h exit active]
)"),
              IsEmpty());
  EXPECT_THAT(run(R"(  events: [1h buy]
  watch: [active]
  expect: [1h enter active]
  until: 24h59m59s999ms
)"),
              IsEmpty());
  EXPECT_THAT(run(R"(  events: [1h buy]
  watch: [active]
  expect: [1h enter active, 25h1ms exit active]
)"),
              ElementsAre("+ 1d1h exit active", "- 25h1ms exit active"));
}

TEST_F(CaseRunner, TellsWhatIsMissingAndUnexpected) {
  EXPECT_THAT(run(R"(  events: [0d buy, 1h buy user=bob]
  watch: [active]
  expect: [0d enter active, 1h enter active, 2h enter active]
)"),
              ElementsAre("- 2h enter active"));
  EXPECT_THAT(run(R"(  events: [0d buy, 1h buy user=bob]
  expect: [0d enter active user=bob, 0d effect thank]
)"),
              ElementsAre("- 0d enter active user=bob",
                          "+ 0s enter active",
                          "+ 1h enter active user=bob",
                          R"(+ 1h effect thank user=bob {"gift":{"kind":"mug"}})"));
}

TEST_F(CaseRunner, LooksIntoEffects) {
  EXPECT_THAT(
      run("  events: [0d buy]\n  watch: [thank]\n  expect: [0d effect thank gift.kind=mug]\n"),
      IsEmpty());
  EXPECT_THAT(
      run("  events: [0d buy]\n  watch: [thank]\n  expect: [0d effect thank gift.kind=cup]\n"),
      Contains("- 0d effect thank gift.kind=cup"));
}

TEST_F(CaseRunner, CountsProfilesMembersDropsAndRejects) {
  const std::string events = R"(  events:
    - 0d buy user=u1..4
    - 1h buy user=ann amount=none
    - 2h page user=""
)";
  EXPECT_THAT(run(events + R"(  profiles: 5
  segments: {active: 4}
  expect_dropped: {no_amount: 1}
  expect_rejected: [2h missing_ids]
)"),
              IsEmpty());
  EXPECT_THAT(run(events + R"(  profiles: 6
  segments: {active: [u1, u2, u3, ann]}
  expect_dropped: {no_amount: 2}
  expect_rejected: [1h missing_ids]
)"),
              ElementsAre("rejected: 2h missing_ids",
                          "not rejected: 1h missing_ids",
                          "dropped 1 no_amount, expected 2 no_amount",
                          "there are 5 profiles, expected 6",
                          "ann is not in active",
                          "active holds one more profile: 0s enter active user=u4"));
}

TEST_F(CaseRunner, NoticesThatLanesMatter) {
  const std::string events = "  events: [0d page user=u1..30]\n";
  EXPECT_THAT(run(events, "c.yaml"),
              Contains(HasSubstr("a law is broken: outputs with eight lanes")));
  const auto file = load("topology: c.yaml\ncases:\n- name: it\n" + events);
  EXPECT_TRUE(run_case(*file, file->cases[0], registry_, false)->passed());
}

TEST_F(CaseRunner, EventsSayAllThatTheSpecCanSay) {
  const auto file = load(R"(topology: a.yaml
start: 2026-03-01T08:00Z
cases:
- name: it
  events:
    - 2h buy amount=20 price=1.50 sku=007 gift=true items[0].sku="a \"b\"" items[1]={"sku":"c d"} late=30m
    - 1h page name="Home page" path=/ context.page.url=https://x.example/
    - 1h identify anonymous=c1 user=bob email=bob@example.com traits.age=30
    - 3h "Some Event" message=m7 anonymous=c2
    - 4h alias previous=c1 user=bob
    - 5h buy repeat=2 every=10m user=u1..2
)");
  ASSERT_TRUE(file) << config::render_all(problems_.problems, problems_.source);
  std::vector<std::string> bodies;
  for (const Arrival& one : file->cases[0].arrivals)
    bodies.push_back(format_duration(one.at) + " " + one.body);
  EXPECT_THAT(
      bodies,
      ElementsAre(
          R"(1h {"type":"page","name":"Home page","messageId":"2.0","userId":"ann","timestamp":"2026-03-01T09:00:00.000Z","properties":{"path":"/"},"context":{"page":{"url":"https://x.example/"}}})",
          R"(1h {"type":"identify","messageId":"3.0","userId":"bob","anonymousId":"c1","timestamp":"2026-03-01T09:00:00.000Z","traits":{"email":"bob@example.com","age":30}})",
          R"(2h {"type":"track","event":"Item Bought","messageId":"1.0","userId":"ann","timestamp":"2026-03-01T09:30:00.000Z","properties":{"amount":20,"price":1.50,"sku":"007","gift":true,"items":[{"sku":"a \"b\""},{"sku":"c d"}]}})",
          R"(3h {"type":"track","event":"Some Event","messageId":"m7","anonymousId":"c2","timestamp":"2026-03-01T11:00:00.000Z"})",
          R"(4h {"type":"alias","messageId":"5.0","userId":"bob","previousId":"c1","timestamp":"2026-03-01T12:00:00.000Z"})",
          HasSubstr(R"(5h {"type":"track","event":"Item Bought","messageId":"6.0","userId":"u1")"),
          HasSubstr(R"("messageId":"6.1","userId":"u2")"),
          HasSubstr(
              R"(5h10m {"type":"track","event":"Item Bought","messageId":"6.2","userId":"u1")"),
          HasSubstr(R"("messageId":"6.3","userId":"u2")")));
}

TEST_F(CaseRunner, UnderlinesWhatMakesNoSense) {
  const std::pair<const char*, const char*> cases[] = {
      {"events: [0d byu]",
       "the topology has no event 'byu' in cases[0].events[0] (did you mean 'buy'?)"},
      {"events: [soon buy]", "expected the time since the start, found 'soon'"},
      {"events: [0d]", "what happens?"},
      {"events: [0d buy user=\"x]", "a quote or bracket is left open"},
      {"events: [0d buy twenty]", "expected key=value"},
      {"events: [0d buy repeat=0]", "expected a number"},
      {"events: [0d buy repeat=100000 user=u1..2]", "more than 100000 events"},
      {"events: [0d buy a=1 a.b=2]", "another word of the line says otherwise"},
      {"events: ['0d buy a={1:2}']", "the value is not JSON"},
      {"expect: [0d enter actve]",
       "no segment 'actve' in cases[0].expect[0] (did you mean 'active'?)"},
      {"expect: [0d join active]", "'join' is nothing that can be expected"},
      {"expect: [0d enter active who=bob]", "expected user="},
      {"segments: {active: many}", "expected a number of profiles, or a list of users"},
      {"evnts: [0d buy]", "unknown field 'evnts'"},
  };
  for (const auto& [body, what] : cases) {
    EXPECT_FALSE(load(std::string("topology: a.yaml\ncases:\n- name: it\n  ") + body + "\n"));
    EXPECT_THAT(config::render_all(problems_.problems, problems_.source), HasSubstr(what)) << body;
  }
  EXPECT_FALSE(load("topology: a.yaml\nstart: soon\ncases: [{name: it}]\n"));
  files_["t/a.yaml"] = "nodes: {parse: }\n";
  EXPECT_FALSE(load("topology: a.yaml\ncases: [{name: it}]\n"));
  EXPECT_THAT(problems_.problems[0].file, "t/a.yaml");
}

}  // namespace
}  // namespace millrace
