#include "app/test/case_file.hpp"

#include "app/test/words.hpp"
#include "engine/base/file.hpp"
#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"
#include "engine/topology/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace millrace {
namespace {

using config::field;
using config::Text;

struct CaseConfig {
  std::string name;
  std::vector<Text> events;
  std::optional<std::vector<Text>> expect;
  std::vector<Text> expect_rejected;
  std::optional<std::map<std::string, std::uint64_t>> expect_dropped;
  std::optional<std::uint64_t> profiles;
  std::vector<std::pair<std::string, config::Node>> segments;
  std::vector<std::string> watch;
  std::optional<Duration> until;

  static constexpr auto fields() {
    using C = CaseConfig;
    return std::tuple{
        field("name", &C::name, "What the case shows.", {.required = true, .min_length = 1}),
        field("events", &C::events, "What happens."),
        field("expect", &C::expect, "All that comes out."),
        field("expect_rejected", &C::expect_rejected, "All that is rejected: time and reason."),
        field("expect_dropped", &C::expect_dropped, "How many events are dropped, by reason."),
        field("profiles", &C::profiles, "How many there are at the end."),
        field("segments", &C::segments, "Who is in them at the end: a number, or users."),
        field("watch", &C::watch, "Segments and effects that `expect` is about; else all."),
        field("until", &C::until, "How far the clock goes on."),
    };
  }
};

struct FileConfig {
  std::string topology;
  std::string start = "2026-01-05";
  std::vector<std::string> watch;
  std::vector<CaseConfig> cases;

  static constexpr auto fields() {
    using F = FileConfig;
    return std::tuple{
        field("topology", &F::topology, "Path, from this file's directory.", {.required = true}),
        field("start", &F::start, "When every case starts."),
        field("watch", &F::watch, "What `watch` of a case is unless it says otherwise."),
        field("cases", &F::cases, "The tests.", {.required = true, .min_items = 1}),
    };
  }
  void check(config::Checker& checker) const {
    if (!parse_time(start))
      checker.problem("start", "expected a date or instant", "such as 2026-01-05T08:00Z");
  }
};

class CaseReader {
 public:
  CaseReader(const CaseConfig& config,
             const Topology& topology,
             const Plan& plan,
             Time start,
             config::Problems& problems)
      : config_(config),
        segments_(plan.catalog.segments()),
        lines_(topology.settings.events, start),
        problems_(problems) {}

  TestCase read(const config::Node& node, const std::string& path) {
    path_ = path;
    out_.name = config_.name;
    out_.line = node.location().line;
    for (std::size_t i = 0; i < config_.events.size(); ++i)
      lines_.read(config_.events[i], below("events", i), out_.arrivals, problems_);
    std::stable_sort(out_.arrivals.begin(),
                     out_.arrivals.end(),
                     [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
    if (!out_.arrivals.empty()) reach(out_.arrivals.back().at);
    read_expected();
    for (std::size_t i = 0; i < config_.expect_rejected.size(); ++i)
      read_rejected(config_.expect_rejected[i], below("expect_rejected", i));
    out_.dropped = config_.expect_dropped;
    out_.profiles = config_.profiles;
    for (const auto& [segment, who] : config_.segments) read_membership(segment, who);
    if (config_.until) reach(*config_.until);
    out_.watch = config_.watch;
    return std::move(out_);
  }

 private:
  std::string below(std::string_view part, std::size_t index) const {
    return fmt::format("{}.{}[{}]", path_, part, index);
  }
  void reach(Duration time) { out_.until = std::max(out_.until, time); }

  void read_expected() {
    if (!config_.expect) return;
    out_.expected.emplace();
    for (std::size_t i = 0; i < config_.expect->size(); ++i) {
      const Text& line = (*config_.expect)[i];
      auto read = read_expectation(line, below("expect", i), problems_);
      if (!read) continue;
      if (read->kind != OutputKind::kEffect)
        check_segment(line.node, below("expect", i), read->name);
      reach(read->at);
      out_.expected->push_back(*std::move(read));
    }
  }

  void read_rejected(const Text& line, const std::string& path) {
    const auto words = words_of(line, path, problems_);
    if (!words) return;
    const auto at = time_of(line, *words, path, problems_);
    if (!at) return;
    if (words->size() != 2) {
      problems_.push_back(line.problem(
          {0, line.value.size()}, path, "expected a time and a reason", "such as 1d unknown_type"));
      return;
    }
    reach(*at);
    out_.rejected.emplace_back(*at, (*words)[1].text);
  }

  void read_membership(const std::string& segment, const config::Node& who) {
    const std::string path = path_ + ".segments." + segment;
    check_segment(who, path, segment);
    ExpectedMembers& made = out_.segments.emplace_back();
    made.segment = segment;
    if (who.is_list()) {
      for (const config::Node& user : who.items()) made.users.emplace_back(user.text());
      return;
    }
    const std::string_view text = who.text();
    const char* end = text.data() + text.size();
    const auto [at, code] = std::from_chars(text.data(), end, made.count.emplace());
    if (!who.is_scalar() || code != std::errc{} || at != end)
      problems_.push_back(who.problem(path, "expected a number of profiles, or a list of users"));
  }

  void check_segment(const config::Node& node, const std::string& path, const std::string& name) {
    if (std::find(segments_.begin(), segments_.end(), name) != segments_.end()) return;
    const std::vector<std::string_view> known(segments_.begin(), segments_.end());
    problems_.push_back(
        node.problem(path,
                     fmt::format("the topology has no segment {}", config::quote(name)),
                     config::did_you_mean(name, known)));
  }

  const CaseConfig& config_;
  const std::vector<std::string>& segments_;
  EventLines lines_;
  config::Problems& problems_;
  std::string path_;
  TestCase out_;
};

}  // namespace

Result<std::optional<TestFile>> load_test_file(const std::string& path,
                                               const ReadText& read,
                                               const Registry& registry,
                                               TestFileProblems& problems) {
  auto text = read(path);
  if (!text) return text.error();
  problems.source = *text;
  const auto document = config::Document::load(*std::move(text), path, problems.problems);
  if (!problems.problems.empty()) return std::optional<TestFile>();
  const auto settings = config::parse<FileConfig>(document.root(), problems.problems);
  if (!problems.problems.empty()) return std::optional<TestFile>();
  TestFile file{path, parent_directory(path) + "/" + settings.topology, {}, {}, {}, {}};
  if (file.topology.starts_with("./")) file.topology.erase(0, 2);
  file.start = *parse_time(settings.start);
  auto topology_text = read(file.topology);
  if (!topology_text) return topology_text.error();
  file.topology_text = *topology_text;
  TestFileProblems of_topology{{}, file.topology_text};
  const auto topology_document =
      config::Document::load(*std::move(topology_text), file.topology, of_topology.problems);
  std::optional<Topology> topology;
  std::unique_ptr<Plan> plan;
  if (of_topology.problems.empty())
    topology = load_topology(topology_document, registry, nullptr, of_topology.problems);
  if (topology) plan = make_plan(*topology, of_topology.problems);
  if (!plan) {
    problems = std::move(of_topology);
    return std::optional<TestFile>();
  }
  file.epoch = topology->settings.epoch;
  const config::Node cases = document.root().child("cases");
  for (std::size_t i = 0; i < settings.cases.size(); ++i) {
    CaseReader reader(settings.cases[i], *topology, *plan, file.start, problems.problems);
    file.cases.push_back(reader.read(cases.item(i), fmt::format("cases[{}]", i)));
    if (file.cases.back().watch.empty()) file.cases.back().watch = settings.watch;
  }
  if (!problems.problems.empty()) return std::optional<TestFile>();
  return std::optional<TestFile>(std::move(file));
}

}  // namespace millrace
