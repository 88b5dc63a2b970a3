#include "app/test/expectation.hpp"

#include "app/test/event_line.hpp"
#include "app/test/words.hpp"
#include "engine/event/projection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view kKinds[] = {"enter", "exit", "effect"};

config::Node part_of(config::Node node, std::string_view path) {
  const auto steps = parse_path(path);
  if (!steps) return {};
  for (const PathStep& step : *steps) {
    if (step.index < 0) {
      node = node.child(step.key);
    } else {
      const auto index = static_cast<std::size_t>(step.index);
      node = node.is_list() && index < node.size() ? node.item(index) : config::Node();
    }
  }
  return node;
}

// JSON is YAML.
bool body_has(const std::string& body, const std::string& path, const std::string& text) {
  config::Problems problems;
  const auto document = config::Document::load(body, "body", problems);
  const config::Node part = part_of(document.root(), path);
  return part.is_scalar() && part.text() == text;
}

}  // namespace

std::optional<Expectation> read_expectation(const config::Text& line,
                                            std::string_view path,
                                            config::Problems& problems) {
  const auto words = words_of(line, path, problems);
  if (!words) return std::nullopt;
  const auto at = time_of(line, *words, path, problems);
  if (!at) return std::nullopt;
  const auto fail = [&](const Word& word, std::string what, std::string hint) {
    problems.push_back(line.problem(word.span, path, std::move(what), std::move(hint)));
    return std::nullopt;
  };
  const Word& last = words->back();
  if (words->size() < 3)
    return fail(last, "what is expected?", "such as 29d enter loyal, or 2h effect welcome");
  const auto kind = std::find(std::begin(kKinds), std::end(kKinds), (*words)[1].text);
  if (kind == std::end(kKinds))
    return fail((*words)[1],
                fmt::format("{} is nothing that can be expected", config::quote((*words)[1].text)),
                "enter, exit or effect");
  Expectation out{line.value, *at, static_cast<OutputKind>(kind - kKinds), {}, {}, {}};
  out.name = text_of((*words)[2].text);
  for (const Word& word : std::span(*words).subspan(3)) {
    if (word.key == "user")
      out.user = text_of(word.value);
    else if (out.kind == OutputKind::kEffect && !word.key.empty())
      out.parts.emplace_back(word.key, text_of(word.value));
    else
      return fail(word, "expected user=", out.kind == OutputKind::kEffect ? "or path=value" : "");
  }
  return out;
}

bool has_id(const Happening& happening, std::string_view value) {
  return std::any_of(happening.ids.begin(), happening.ids.end(), [&](std::string_view id) {
    return id.substr(id.find(':') + 1) == value;
  });
}

bool fits(const Expectation& expectation, const Happening& happening) {
  if (expectation.at != happening.at || expectation.kind != happening.kind ||
      expectation.name != happening.name)
    return false;
  if (!expectation.user.empty() && !has_id(happening, expectation.user)) return false;
  return std::all_of(expectation.parts.begin(), expectation.parts.end(), [&](const auto& part) {
    return body_has(happening.body, part.first, part.second);
  });
}

std::string show(const Happening& happening) {
  std::string out = fmt::format("{} {} {}",
                                format_duration(happening.at),
                                kKinds[static_cast<std::size_t>(happening.kind)],
                                happening.name);
  if (!happening.ids.empty() && !has_id(happening, kDefaultUser)) {
    const std::string_view id = happening.ids.front();
    out += fmt::format(" user={}", id.substr(id.find(':') + 1));
  }
  if (!happening.body.empty()) out += " " + happening.body;
  return out;
}

std::vector<Difference> compare(const std::vector<Expectation>& expected,
                                const std::vector<Happening>& happened) {
  // What names a user or parts of a body has the first choice: the others take what is left.
  std::vector<std::size_t> order(expected.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto weight = [&](const Expectation& one) {
      return one.parts.size() + (one.user.empty() ? 0 : 1);
    };
    return weight(expected[a]) > weight(expected[b]);
  });
  std::vector<bool> taken(happened.size());
  std::vector<std::pair<Duration, Difference>> all;
  for (const std::size_t i : order) {
    auto kind = Difference::Kind::kMissing;
    for (std::size_t j = 0; j < happened.size(); ++j) {
      if (taken[j] || !fits(expected[i], happened[j])) continue;
      taken[j] = true;
      kind = Difference::Kind::kSame;
      break;
    }
    all.push_back({expected[i].at, {kind, expected[i].line}});
  }
  for (std::size_t j = 0; j < happened.size(); ++j)
    if (!taken[j])
      all.push_back({happened[j].at, {Difference::Kind::kUnexpected, show(happened[j])}});
  std::stable_sort(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Difference> out;
  for (auto& [at, difference] : all) out.push_back(std::move(difference));
  return out;
}

}  // namespace millrace
