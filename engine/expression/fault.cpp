#include "engine/expression/fault.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::expression {
namespace {

// Optimal string alignment: insert, delete, replace, and swap of neighbours cost one each.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string render(std::string_view text, const Fault& fault) {
  const std::size_t at = std::min(fault.offset, text.size());
  const std::size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const std::string_view line = text.substr(start, text.find('\n', at) - start);
  const std::size_t room = std::max<std::size_t>(line.size() - (at - start), 1);
  std::string out = fault.what;
  if (!fault.hint.empty()) out += fmt::format(" ({})", fault.hint);
  out += fmt::format("\n  {}\n  {}{}",
                     line,
                     std::string(at - start, ' '),
                     std::string(std::clamp<std::size_t>(fault.length, 1, room), '^'));
  return out;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongestName = 64;
  if (name.size() > kLongestName) return "";
  std::size_t best = std::max<std::size_t>(1, name.size() / 3) + 1;
  std::string_view closest;
  for (const auto candidate : candidates) {
    if (candidate.size() > kLongestName || candidate == name) continue;
    const std::size_t apart = distance(name, candidate);
    if (apart < best && apart < candidate.size()) {
      best = apart;
      closest = candidate;
    }
  }
  return closest.empty() ? "" : fmt::format("did you mean '{}'?", closest);
}

}  // namespace millrace::expression
