#include "connectors/protocols/basic_auth.hpp"

#include "connectors/http/base64.hpp"

#include <algorithm>

namespace millrace::protocols {

namespace {

// What follows the scheme; empty if it is another one.
std::string_view credentials(const http::Request& request, std::string_view scheme) {
  constexpr std::size_t kMax = 1'024;
  std::string_view text = request.header("authorization");
  const bool same = text.size() > scheme.size() && text[scheme.size()] == ' ' &&
                    std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) {
                      return a == (b | 0x20);
                    });
  if (!same || text.size() > kMax) return {};
  text.remove_prefix(scheme.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

std::string basic_user(const http::Request& request) {
  std::string user = http::base64_decoded(credentials(request, "basic")).value_or("");
  user.resize(std::min(user.find(':'), user.size()));
  return user;
}

std::string bearer_token(const http::Request& request) {
  std::string_view token = credentials(request, "bearer");
  while (token.ends_with(' ')) token.remove_suffix(1);
  return std::string(token);
}

}  // namespace millrace::protocols
