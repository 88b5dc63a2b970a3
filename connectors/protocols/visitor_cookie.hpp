// The first-party cookie by which a visitor is known again: an id of 128 random bits, which scripts
// cannot read. Any thread.
#pragma once

#include "connectors/admission/collect_config.hpp"
#include "connectors/http/exchange.hpp"

#include <string>
#include <string_view>

namespace millrace::protocols {

class VisitorCookie {
 public:
  explicit VisitorCookie(const admission::CookieConfig& config);

  // False: none is set; ids that visitors still have are read.
  bool enabled() const { return enabled_; }
  // The request's; if it has none that we made, the `other`, if that has the form of one, or a new
  // one; empty if it has none and none is set.
  std::string id_of(const http::Request& request, std::string_view other = {}) const;
  // The value of Set-Cookie; its lifetime begins anew. SameSite=None without Secure is refused by
  // browsers, so that over plain HTTP it is Lax.
  std::string set(std::string_view id, bool secure) const;
  // Whether the request brought one, and the value of Set-Cookie that takes it away.
  bool brought(const http::Request& request) const { return !request.cookie(name_).empty(); }
  std::string expire() const;

 private:
  std::string name_;
  std::string domain_;  // an attribute, or empty
  bool enabled_;
  std::string over_tls_;  // attributes
  std::string over_plain_;
};

}  // namespace millrace::protocols
