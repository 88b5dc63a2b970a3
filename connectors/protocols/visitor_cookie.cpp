#include "connectors/protocols/visitor_cookie.hpp"

#include "connectors/admission/secret.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::protocols {
namespace {

using admission::SameSite;

std::string_view word_of(SameSite same_site) {
  switch (same_site) {
    case SameSite::kLax:
      return "Lax";
    case SameSite::kStrict:
      return "Strict";
    case SameSite::kNone:
      return "None";
  }
  return {};
}

bool is_visitor_id(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

VisitorCookie::VisitorCookie(const admission::CookieConfig& config)
    : name_(config.name),
      domain_(config.domain.empty() ? std::string() : "; Domain=" + config.domain),
      enabled_(config.lifetime > Duration(0)) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(config.lifetime).count();
  const std::string base = fmt::format("; Path=/; Max-Age={}; HttpOnly{}", seconds, domain_);
  const SameSite plain = config.same_site == SameSite::kNone ? SameSite::kLax : config.same_site;
  over_tls_ = fmt::format("{}; Secure; SameSite={}", base, word_of(config.same_site));
  over_plain_ = fmt::format("{}; SameSite={}", base, word_of(plain));
}

std::string VisitorCookie::id_of(const http::Request& request, std::string_view other) const {
  const std::string_view brought = request.cookie(name_);
  if (is_visitor_id(brought)) return std::string(brought);
  if (is_visitor_id(other)) return std::string(other);
  return enabled_ ? admission::make_visitor_id() : std::string();
}

std::string VisitorCookie::set(std::string_view id, bool secure) const {
  const std::string& attributes = secure ? over_tls_ : over_plain_;
  std::string value;
  value.reserve(name_.size() + 1 + id.size() + attributes.size());
  return value.append(name_).append("=").append(id).append(attributes);
}

std::string VisitorCookie::expire() const {
  return fmt::format("{}=; Path=/; Max-Age=0; HttpOnly{}", name_, domain_);
}

}  // namespace millrace::protocols
