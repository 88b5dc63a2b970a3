// What a sender says about consent, in the words of a policy: `gpc`, `category:Advertising`,
// `tcf:7`. Pure; any thread.
#pragma once

#include "engine/event/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

enum class Consent : std::uint8_t { kNothing, kGranted, kDenied };

// | signal                   | denied by |
// |--------------------------|----------------------------------------------------------------|
// | dnt, gpc, anonymous      | `true` at context.privacy                                       |
// | category:NAME            | `false` at context.consent.categoryPreferences (Segment)        |
// | ad_user_data and others  | `denied` at context.consent, as Google's consent mode has them |
// | tcf:1 to tcf:24          | a purpose without consent in context.consent.gdpr_consent       |
class ConsentSignal {
 public:
  // Nothing if the text is no signal.
  static std::optional<ConsentSignal> parse(std::string_view text);

  // The path of the property that says it.
  const std::string& path() const { return path_; }
  // Whether it says yes as well as no; a request such as gpc only says no.
  bool can_grant() const { return kind_ != Kind::kRequest; }
  Consent read(const Value& value) const;

 private:
  enum class Kind : std::uint8_t { kRequest, kGrant, kPurpose };
  ConsentSignal(Kind kind, std::string path, std::uint8_t purpose = 0)
      : kind_(kind), path_(std::move(path)), purpose_(purpose) {}

  Kind kind_;
  std::string path_;
  std::uint8_t purpose_;
};

}  // namespace millrace
