#include "app/test/case_runner.hpp"

#include "engine/engine.hpp"
#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace millrace {
namespace {

// Between two moments at which something happens or is expected: a year of epochs of a minute would
// take long and show nothing.
constexpr Duration::rep kEpochsMax = 24;

struct Step {
  enum class Kind : std::uint8_t { kArrival, kTick, kEpoch } kind = Kind::kTick;
  Duration at{};
  const std::string* body = nullptr;  // of the case
};

// What is pushed, in order: step n has journal position n.
class Script {
 public:
  Script(const TestFile& file, const TestCase& test) : start_(file.start), epoch_(file.epoch) {
    add_tick(Duration(0));
    for (const Arrival& arrival : test.arrivals) {
      advance(arrival.at);
      steps_.push_back({Step::Kind::kArrival, arrival.at, &arrival.body});
    }
    advance(test.until);
  }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  void add_tick(Duration at) { steps_.push_back({Step::Kind::kTick, at}); }

  void advance(Duration to) {
    if (to <= now_) return;
    // Epochs are at multiples of their interval, as in production.
    const Duration::rep since = (start_ + now_).time_since_epoch().count();
    const Duration::rep left = epoch_.count() - since % epoch_.count();
    const Duration first = now_ + Duration(left);
    if (first <= to) {
      const Duration::rep count = (to - first) / epoch_ + 1;
      const Duration step = epoch_ * ((count + kEpochsMax - 1) / kEpochsMax);
      for (Duration at = first; at <= to; at += step) {
        add_tick(at);
        steps_.push_back({Step::Kind::kEpoch, at});
      }
    }
    if (steps_.back().at < to) add_tick(to);
    now_ = to;
  }

  Time start_;
  Duration epoch_;
  Duration now_{0};
  std::vector<Step> steps_;
};

struct Variant {
  std::string_view what;
  std::uint32_t lanes = 1;
  std::uint32_t batch = 64;
  std::uint64_t seed = 0;
  bool restarts = false;
};
constexpr Variant kVariants[] = {
    {"one lane", 1, 64, 0, false},
    {"three lanes and batches of one", 3, 1, 1, false},
    {"eight lanes", 8, 16, 2, false},
    {"a restart in the middle", 2, 8, 3, true},
};

// What came out of a run.
struct Outcome {
  std::vector<Happening> happened;
  std::vector<std::pair<Position, std::string>> rejected;  // where, and the reason
  std::map<std::string, std::uint64_t> dropped;
  std::map<std::string, std::uint64_t> members;
  std::uint64_t profiles = 0;
  Hash128 digest{};
};

// Collects into an outcome that outlives it.
class Collector final : public Sink {
 public:
  Collector(Outcome& into, Time start) : into_(into), start_(start) {}

  Status open(const Catalog& catalog, std::string_view) override {
    catalog_ = &catalog;
    return {};
  }
  Status write(std::span<const OutputRecord> outputs) override {
    for (const OutputRecord& output : outputs) {
      Happening& made = into_.happened.emplace_back();
      made.at = output.time - start_;
      made.kind = output.kind;
      made.profile = output.profile;
      made.body = output.body;
      made.name =
          output.kind == OutputKind::kEffect ? output.effect : catalog_->segments()[output.segment];
      std::string_view ids = output.ids;
      while (!ids.empty()) {
        const std::size_t end = std::min(ids.find('\n'), ids.size() - 1);
        made.ids.emplace_back(ids.substr(0, end));
        ids.remove_prefix(end + 1);
      }
    }
    return {};
  }
  Status reject(std::span<const Reject> rejects) override {
    for (const Reject& reject : rejects)
      into_.rejected.emplace_back(reject.position, reject.reason);
    return {};
  }
  Result<std::string> commit() override { return std::string(); }

 private:
  Outcome& into_;
  Time start_;
  const Catalog* catalog_ = nullptr;
};

class CaseRun {
 public:
  CaseRun(const TestFile& file, const Registry& registry, const Script& script, Variant variant)
      : file_(file), registry_(registry), script_(script), variant_(variant) {}

  Result<Outcome> run() {
    const std::size_t all = script_.steps().size();
    const std::size_t middle = variant_.restarts ? all / 2 : 0;
    if (middle > 0)
      if (Status ran = run_part(0, middle, false); !ran) return ran.error();
    if (Status ran = run_part(middle, all, true); !ran) return ran.error();
    return std::move(outcome_);
  }

 private:
  Status run_part(std::size_t from, std::size_t to, bool last) {
    EngineOptions options;
    options.executor = ExecutorKind::kStep;
    options.lanes = variant_.lanes + (from > 0 ? 1 : 0);  // a restart may also change the lanes
    options.batch = variant_.batch;
    options.seed = variant_.seed;
    options.vary_batches = variant_.seed > 0;
    options.store = variant_.restarts ? &store_ : nullptr;
    options.sink = std::make_unique<Collector>(outcome_, file_.start);
    options.topology_sinks = false;
    config::Problems problems;
    auto loaded =
        Engine::load(file_.topology_text, file_.topology, registry_, std::move(options), problems);
    if (!loaded) return loaded.error();
    Engine& engine = **loaded;
    for (std::size_t i = from; i < to; ++i) push(engine, script_.steps()[i]);
    if (Status drained = engine.drain(); !drained) return drained;
    return last ? finish(engine) : engine.checkpoint();
  }

  void push(Engine& engine, const Step& step) const {
    const Time time = file_.start + step.at;
    if (step.kind == Step::Kind::kArrival)
      engine.push(*step.body, time);
    else if (step.kind == Step::Kind::kTick)
      engine.push_tick(time);
    else
      engine.push_epoch(time);
  }

  Status finish(Engine& engine) {
    const Totals& totals = engine.totals();
    for (const auto& [reason, count] : totals.account.dropped.all())
      outcome_.dropped[std::string(reason)] = count;
    const auto& segments = engine.plan().catalog.segments();
    for (std::size_t i = 0; i < segments.size(); ++i)
      outcome_.members[segments[i]] = static_cast<std::uint64_t>(totals.segment_size[i]);
    outcome_.profiles = engine.profiles();
    const auto digest = engine.digest();
    if (!digest) return digest.error();
    outcome_.digest = *digest;
    return {};
  }

  const TestFile& file_;
  const Registry& registry_;
  const Script& script_;
  Variant variant_;
  MemoryStore store_;
  Outcome outcome_;
};

// What differs between an outcome and another that must be the same.
void compare_laws(const Outcome& first,
                  const Outcome& other,
                  const Variant& variant,
                  std::vector<std::string>& complaints) {
  const auto broken = [&](std::string_view what) {
    complaints.push_back(
        fmt::format("a law is broken: {} with {} are not those with one lane", what, variant.what));
  };
  if (first.happened != other.happened) broken("outputs");
  if (first.rejected != other.rejected) broken("rejects");
  if (first.dropped != other.dropped || first.profiles != other.profiles) broken("counts");
  if (first.digest != other.digest) broken("profiles");
}

class Judge {
 public:
  Judge(const TestCase& test, const Script& script, const Outcome& outcome)
      : test_(test), script_(script), outcome_(outcome) {}

  CaseResult judge() {
    if (test_.expected) result_.outputs = compare(*test_.expected, watched());
    judge_rejected();
    if (test_.dropped && *test_.dropped != outcome_.dropped)
      complain("dropped {}, expected {}", counts(outcome_.dropped), counts(*test_.dropped));
    if (test_.profiles && *test_.profiles != outcome_.profiles)
      complain("there are {} profiles, expected {}", outcome_.profiles, *test_.profiles);
    for (const ExpectedMembers& membership : test_.segments) judge_members(membership);
    return std::move(result_);
  }

 private:
  template <class... Arguments>
  void complain(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    result_.complaints.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  std::vector<Happening> watched() const {
    std::vector<Happening> out;
    for (const Happening& one : outcome_.happened)
      if (test_.watch.empty() ||
          std::find(test_.watch.begin(), test_.watch.end(), one.name) != test_.watch.end())
        out.push_back(one);
    return out;
  }

  void judge_rejected() {
    std::multiset<std::string> expected;
    for (const auto& [at, reason] : test_.rejected)
      expected.insert(fmt::format("{} {}", format_duration(at), reason));
    for (const auto& [position, reason] : outcome_.rejected) {
      const std::string line =
          fmt::format("{} {}", format_duration(script_.steps().at(position).at), reason);
      const auto at = expected.find(line);
      if (at == expected.end())
        complain("rejected: {}", line);
      else
        expected.erase(at);
    }
    for (const std::string& line : expected) complain("not rejected: {}", line);
  }

  static std::string counts(const std::map<std::string, std::uint64_t>& all) {
    std::string out;
    for (const auto& [reason, count] : all)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, reason);
    return out.empty() ? "nothing" : out;
  }

  void judge_members(const ExpectedMembers& membership) {
    if (membership.count) {
      const std::uint64_t count = outcome_.members.at(membership.segment);
      if (count != *membership.count)
        complain("{} holds {} profiles, expected {}", membership.segment, count, *membership.count);
      return;
    }
    // Who entered last and did not leave.
    std::map<ProfileId, const Happening*> inside;
    for (const Happening& one : outcome_.happened) {
      if (one.kind == OutputKind::kEffect || one.name != membership.segment) continue;
      if (one.kind == OutputKind::kEnter)
        inside[one.profile] = &one;
      else
        inside.erase(one.profile);
    }
    for (const std::string& user : membership.users) {
      const auto at = std::find_if(
          inside.begin(), inside.end(), [&](const auto& one) { return has_id(*one.second, user); });
      if (at == inside.end())
        complain("{} is not in {}", user, membership.segment);
      else
        inside.erase(at);
    }
    for (const auto& [profile, one] : inside)
      complain("{} holds one more profile: {}", membership.segment, show(*one));
  }

  const TestCase& test_;
  const Script& script_;
  const Outcome& outcome_;
  CaseResult result_;
};

}  // namespace

bool CaseResult::passed() const {
  return complaints.empty() &&
         std::all_of(outputs.begin(), outputs.end(), [](const Difference& difference) {
           return difference.kind == Difference::Kind::kSame;
         });
}

Result<CaseResult> run_case(const TestFile& file,
                            const TestCase& test,
                            const Registry& registry,
                            bool laws) {
  const Script script(file, test);
  auto first = CaseRun(file, registry, script, kVariants[0]).run();
  if (!first) return first.error();
  CaseResult result = Judge(test, script, *first).judge();
  for (const Variant& variant : std::span(kVariants).subspan(1)) {
    if (!laws) break;
    auto other = CaseRun(file, registry, script, variant).run();
    if (!other) return other.error();
    compare_laws(*first, *other, variant, result.complaints);
  }
  return result;
}

}  // namespace millrace
