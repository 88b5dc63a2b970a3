// Real purchase history through a whole topology, against the same computed by a direct scan of the
// rows.
#include "tests/support/cdnow.hpp"

#include "engine/expression/evaluator.hpp"
#include "engine/operator/lane_expression.hpp"
#include "engine/runtime/pipeline.hpp"
#include "operators/builtin.hpp"
#include "tests/support/shop_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr Duration kDay = 24h;
const Time kEnd = *parse_time("1998-06-30");  // the data's last day

// Tells what the features are at kEnd, as an effect of every profile.
struct ProbeConfig {
  static constexpr auto fields() { return std::tuple<>(); }
};

class Probe final : public Operator {
 public:
  using Config = ProbeConfig;
  static constexpr std::string_view kName = "probe";
  static constexpr std::string_view kSummary = "Tells features at the end of the history.";

  Probe(Config /*config*/, Lane& lane) : lane_(lane), timer_(lane.timer("end")) {
    const auto environment = lane.catalog().environment();
    for (const char* feature : {"frequency", "monetary", "recency"}) {
      config::Text text{feature, {}};
      programs_.push_back(*compile(lane, text, feature, environment, expression::Type::kAny));
    }
  }

  Verdict process(Event& event, Output& /*out*/) override {
    if (event.kind == EventKind::kTrack) lane_.set_timer(event.slot, timer_, kEnd);
    return Verdict::keep();
  }

  void on_timer(const Timer& timer, Output& out) override {
    lane_.facts().point(timer.slot, nullptr);
    std::string body;
    JsonWriter json(body);
    json.array();
    for (const expression::Program& program : programs_) {
      const Value value =
          expression::evaluate(
              program, lane_.catalog().expressions.aggregates, lane_.facts(), lane_.now())
              .value;
      json.value(value.number());
    }
    json.end();
    out.effect(timer.slot, "features", body);
  }

 private:
  Lane& lane_;
  TimerId timer_;
  std::vector<expression::Program> programs_;
};

constexpr const char* kTopology = R"(
version: 1
name: cdnow
events: {purchase: Order Completed}
nodes:
  parse: {max_age: 0s}
  identify: {}
  dedupe: {}
  features: {purchase: purchase, value: revenue}
  rules:
    segments:
      third_in_30_days: count(purchase, 30d) >= 3
      lapsed: exists(purchase) and since(purchase) >= 90d
  probe: {}
)";

// (customer, time, enter or exit, segment)
using Change = std::tuple<std::string, std::int64_t, std::string, std::string>;

struct Expected {
  std::set<Change> changes;
  std::map<std::string, std::tuple<double, double, double>>
      features;  // frequency, monetary, recency in ms
};

double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

using Purchases = std::vector<const CdnowPurchase*>;  // one customer's, by time

void add_features(const std::string& customer, const Purchases& rows, Expected& expected) {
  // The last day's purchases come after the probe's timer of that midnight.
  double sum = 0;
  std::size_t count = 0;
  while (count < rows.size() && rows[count]->time < kEnd) sum += number(rows[count++]->dollars);
  if (count == 0) return;
  const auto recency = static_cast<double>((kEnd - rows[count - 1]->time).count());
  expected.features[customer] = {static_cast<double>(count), sum, recency};
}

void add_changes(const std::string& customer, const Purchases& rows, Expected& expected) {
  bool third = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Time time = rows[i]->time;
    const Time next = i + 1 < rows.size() ? rows[i + 1]->time : kNever;
    const std::size_t before = i;  // purchases of the same moment are still to come
    if (!third && before >= 2 && rows[i - 2]->time > time - 30 * kDay) {
      third = true;
      expected.changes.emplace(customer, to_millis(time), "enter", "third_in_30_days");
    }
    // The newest three keep the customer in; what leaves the window first is the oldest of them.
    const Time out = third ? rows[i - 2]->time + 30 * kDay : kNever;
    if (third && out <= std::min(next, kEnd)) {
      third = false;
      expected.changes.emplace(customer, to_millis(out), "exit", "third_in_30_days");
    }
    const Time lapse = time + 90 * kDay;
    if (lapse > std::min(next, kEnd)) continue;
    expected.changes.emplace(customer, to_millis(lapse), "enter", "lapsed");
    if (next != kNever) expected.changes.emplace(customer, to_millis(next), "exit", "lapsed");
  }
}

// Scans each customer's purchases; knows nothing of streams, windows or timers.
Expected scan(const std::vector<CdnowPurchase>& purchases) {
  std::map<std::string, Purchases> by_customer;
  for (const CdnowPurchase& purchase : purchases)
    by_customer[purchase.customer].push_back(&purchase);
  Expected expected;
  for (const auto& [customer, rows] : by_customer) {
    add_features(customer, rows, expected);
    add_changes(customer, rows, expected);
  }
  return expected;
}

// The value of a string or other scalar in a line that write_output wrote.
std::string field(const std::string& line, const std::string& key) {
  const auto at = line.find("\"" + key + "\":") + key.size() + 3;
  const bool text = line[at] == '"';
  const auto begin = text ? at + 1 : at;
  return line.substr(begin, line.find_first_of(text ? "\"" : ",}]", begin) - begin);
}

class Cdnow : public testing::Test {
 protected:
  void SetUp() override {
    purchases_ = read_cdnow(MILLRACE_SOURCE_DIR "/../shared/data/cdnow/CDNOW_master.txt");
    if (purchases_.empty()) GTEST_SKIP() << "the CDNOW data is not here";
  }
  std::vector<CdnowPurchase> purchases_;
};

TEST_F(Cdnow, FeaturesAndSegmentsEqualADirectScan) {
  ASSERT_EQ(purchases_.size(), 69'659U);
  const ShopHistory history = make_history(cdnow_events(purchases_));
  Registry registry;
  add_builtin_operators(registry);
  registry.add<Probe>();
  TextOutputs outputs;
  EngineOptions options;
  options.executor = ExecutorKind::kThreads;
  options.threads = 2;
  options.lanes = 4;
  options.sink = std::make_unique<TextSink>(outputs);
  config::Problems problems;
  auto engine = Engine::load(kTopology, "cdnow.yaml", registry, std::move(options), problems);
  ASSERT_TRUE(engine.ok()) << config::render_all(problems, kTopology);
  MemoryFeed feed(history.records);
  ASSERT_TRUE((*engine)->run(feed).ok());
  EXPECT_EQ((*engine)->totals().account.kept, purchases_.size());
  EXPECT_EQ((*engine)->profiles(), 23'570U);

  const Expected expected = scan(purchases_);
  std::set<Change> changes;
  std::size_t with_features = 0;
  std::set<std::string> seen_features;
  std::istringstream lines(outputs.outputs);
  for (std::string line; std::getline(lines, line);) {
    const std::string customer = line.substr(line.find("user_id:") + 8, 5);
    const std::string kind = field(line, "kind");
    if (kind != "effect") {
      const auto time = parse_time(field(line, "time"));
      ASSERT_TRUE(time) << line;
      EXPECT_TRUE(changes.emplace(customer, to_millis(*time), kind, field(line, "name")).second)
          << "twice: " << line;
      continue;
    }
    const auto begin = line.find("\"body\":[") + 8;
    const std::string body = line.substr(begin, line.find(']', begin) - begin);
    const auto first = body.find(',');
    const auto second = body.find(',', first + 1);
    const std::tuple<double, double, double> found = {
        number(body.substr(0, first)),
        number(body.substr(first + 1, second - first - 1)),
        number(body.substr(second + 1))};
    EXPECT_EQ(found, expected.features.at(customer)) << customer;
    ++with_features;
    seen_features.insert(customer);
  }
  for (const auto& [customer, features] : expected.features)
    EXPECT_TRUE(seen_features.contains(customer)) << customer;
  EXPECT_EQ(with_features, expected.features.size());
  EXPECT_EQ(changes.size(), expected.changes.size());
  std::vector<Change> missing;
  std::set_difference(expected.changes.begin(),
                      expected.changes.end(),
                      changes.begin(),
                      changes.end(),
                      std::back_inserter(missing));
  EXPECT_TRUE(missing.empty()) << missing.size()
                               << " changes are missing; the first is of customer "
                               << std::get<0>(missing.front()) << ", "
                               << std::get<2>(missing.front()) << " "
                               << std::get<3>(missing.front()) << " at "
                               << format_time(from_millis(std::get<1>(missing.front())));
  EXPECT_GT(changes.size(), 20'000U);
}

}  // namespace
}  // namespace millrace
