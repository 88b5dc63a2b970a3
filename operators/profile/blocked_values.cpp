#include "operators/profile/blocked_values.hpp"

#include <algorithm>

namespace millrace {
namespace {

// Values that mean "nobody", in lower case: what programs send by mistake where there is no
// identifier. Segment, PostHog and RudderStack refuse much the same.
constexpr std::string_view kBlocked[] = {"",
                                         "-1",
                                         "0",
                                         "[]",
                                         "[object object]",
                                         "anonymous",
                                         "anonymousid",
                                         "anonymous_id",
                                         "distinct_id",
                                         "distinctid",
                                         "email",
                                         "false",
                                         "guest",
                                         "id",
                                         "n/a",
                                         "na",
                                         "nan",
                                         "nil",
                                         "none",
                                         "not_authenticated",
                                         "null",
                                         "true",
                                         "undefined",
                                         "unknown",
                                         "user_id",
                                         "userid",
                                         "{}"};

// One character again and again, dashes aside: "0000", an all-zero UUID, "xxx". Short runs of
// another digit than 0 are counted up to by shops that number their customers.
bool is_filler(std::string_view text) {
  char only = '-';
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-') continue;
    if (count > 0 && c != only) return false;
    only = c;
    ++count;
  }
  if (count == 0 || only == '0') return true;
  const bool digit = only >= '1' && only <= '9';
  return count >= (digit ? 8U : 3U);
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

BlockedValues::BlockedValues(const std::vector<std::string>& more) {
  for (const std::string_view value : kBlocked) add(value);
  for (const std::string& value : more) add(trim(value));
}

bool BlockedValues::contains(std::string_view value) const {
  if (is_filler(value)) return true;
  // Most identifiers have a length that no blocked value has.
  if (value.size() > kBytesMax || !lengths_[value.size()]) return value.size() > kBytesMax;
  char lower[kBytesMax];
  std::transform(value.begin(), value.end(), lower, to_lower);
  return values_.contains(std::string_view(lower, value.size()));
}

void BlockedValues::add(std::string_view value) {
  std::string lower(value);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  if (lower.size() <= kBytesMax) lengths_[lower.size()] = true;
  values_.insert(std::move(lower));
}

}  // namespace millrace
