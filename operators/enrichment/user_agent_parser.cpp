#include "operators/enrichment/user_agent_parser.hpp"

#include "engine/base/utf8.hpp"
#include "operators/enrichment/user_agent_table.hpp"

#include <span>

namespace millrace {
namespace {

constexpr std::size_t kAgentMax = 512;

struct Lists {
  PatternList browsers{kBrowserPatterns};
  PatternList systems{kSystemPatterns};
  PatternList devices{kDevicePatterns};
};

// Never changes: all threads share it.
const Lists& lists() {
  static const Lists kLists;
  return kLists;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// `$1` is the first group, and so on.
std::string replaced(std::string_view text, const PatternMatch& match) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool group =
        text[i] == '$' && i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '9';
    if (group) {
      out += match.groups[static_cast<std::size_t>(text[++i] - '0')];
    } else {
      out += text[i];
    }
  }
  return std::string(trimmed(out));
}

// A part of what the expression means: its text, or else a group.
std::string part(std::span<const UserAgentPattern> patterns,
                 const PatternMatch& match,
                 std::size_t number,
                 std::size_t group) {
  const std::string_view text = patterns[match.index].parts[number];
  if (!text.empty()) return replaced(text, match);
  return group == 0 ? std::string() : std::string(trimmed(match.groups[group]));
}

// Parts 1 to `last`, as far as they are said: "17.4.1".
std::string version(std::span<const UserAgentPattern> patterns,
                    const PatternMatch& match,
                    std::size_t last) {
  std::string out;
  for (std::size_t number = 1; number <= last; ++number) {
    const std::string next = part(patterns, match, number, number + 1);
    if (next.empty()) break;
    out += (out.empty() ? "" : ".") + next;
  }
  return out;
}

// As uap-core's specification.md says.
UserAgent find(std::string_view agent, PatternList::Matcher& matcher) {
  UserAgent found;
  if (const auto match = lists().browsers.find(agent, matcher)) {
    found.browser = part(kBrowserPatterns, *match, 0, 1);
    found.browser_version = version(kBrowserPatterns, *match, 3);
  }
  if (const auto match = lists().systems.find(agent, matcher)) {
    found.os = part(kSystemPatterns, *match, 0, 1);
    found.os_version = version(kSystemPatterns, *match, 4);
  }
  if (const auto match = lists().devices.find(agent, matcher)) {
    found.device = part(kDevicePatterns, *match, 0, 1);
    found.brand = part(kDevicePatterns, *match, 1, 0);
    found.model = part(kDevicePatterns, *match, 2, 1);
  }
  return found;
}

// Cut between two characters.
std::string_view bounded(std::string_view agent) {
  agent = agent.substr(0, kAgentMax);
  return agent.substr(0, find_invalid_utf8(agent));
}

}  // namespace

const UserAgent& UserAgentParser::parse(std::string_view agent) {
  agent = bounded(agent);
  return remembered_.get(agent,
                         [&] { return agent.empty() ? UserAgent() : find(agent, matcher_); });
}

}  // namespace millrace
