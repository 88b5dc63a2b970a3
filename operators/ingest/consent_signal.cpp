#include "operators/ingest/consent_signal.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace millrace {
namespace {

constexpr std::string_view kRequests[] = {"dnt", "gpc", "anonymous"};
constexpr std::string_view kGrants[] = {
    "ad_user_data", "ad_personalization", "ad_storage", "analytics_storage"};
constexpr unsigned kPurposes = 24;

bool is_one_of(std::string_view text, std::span<const std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool same_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y;
  });
}

// Six bits a letter (RFC 4648, URL-safe); -1 for any other.
int bits_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

// The core segment of a consent string, version 2: 152 bits of other things, then one bit a
// purpose (Interactive Advertising Bureau, Consent string and vendor list formats v2).
Consent purpose_consent(std::string_view text, unsigned purpose) {
  constexpr unsigned kBefore = 152;
  constexpr char kVersion2 = 'C';
  text = text.substr(0, text.find('.'));
  const unsigned bit = kBefore + purpose - 1;
  if (text.size() <= (kBefore + kPurposes) / 6 || text.front() != kVersion2)
    return Consent::kNothing;
  const int six = bits_of(text[bit / 6]);
  if (six < 0) return Consent::kNothing;
  return (six >> (5 - bit % 6) & 1) != 0 ? Consent::kGranted : Consent::kDenied;
}

}  // namespace

std::optional<ConsentSignal> ConsentSignal::parse(std::string_view text) {
  constexpr std::string_view kCategory = "category:";
  constexpr std::string_view kTcf = "tcf:";
  const std::string word(text);
  if (is_one_of(text, kRequests)) return ConsentSignal(Kind::kRequest, "context.privacy." + word);
  if (is_one_of(text, kGrants)) return ConsentSignal(Kind::kGrant, "context.consent." + word);
  if (text.starts_with(kCategory)) {
    const std::string name = word.substr(kCategory.size());
    if (name.empty() || name.find('"') != std::string::npos) return std::nullopt;
    return ConsentSignal(Kind::kGrant, "context.consent.categoryPreferences.\"" + name + "\"");
  }
  if (!text.starts_with(kTcf)) return std::nullopt;
  unsigned purpose = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + kTcf.size(), end, purpose);
  if (error != std::errc() || rest != end || purpose < 1 || purpose > kPurposes)
    return std::nullopt;
  return ConsentSignal(
      Kind::kPurpose, "context.consent.gdpr_consent", static_cast<std::uint8_t>(purpose));
}

Consent ConsentSignal::read(const Value& value) const {
  if (kind_ == Kind::kPurpose)
    return value.is(ValueKind::kString) ? purpose_consent(value.text(), purpose_)
                                        : Consent::kNothing;
  if (value.is(ValueKind::kBool))
    return value.boolean() == (kind_ == Kind::kGrant) ? Consent::kGranted : Consent::kDenied;
  if (!value.is(ValueKind::kString)) return Consent::kNothing;
  if (kind_ == Kind::kRequest) return value.text() == "1" ? Consent::kDenied : Consent::kNothing;
  if (same_word(value.text(), "granted")) return Consent::kGranted;
  return same_word(value.text(), "denied") ? Consent::kDenied : Consent::kNothing;
}

}  // namespace millrace
