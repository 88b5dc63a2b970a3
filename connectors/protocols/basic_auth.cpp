#include "connectors/protocols/basic_auth.hpp"

#include "connectors/http/base64.hpp"

#include <algorithm>

namespace millrace::protocols {

std::string basic_user(const http::Request& request) {
  constexpr std::string_view kScheme = "basic ";
  constexpr std::size_t kMax = 1'024;
  std::string_view text = request.header("authorization");
  const bool basic = text.size() >= kScheme.size() &&
                     std::equal(kScheme.begin(), kScheme.end(), text.begin(), [](char a, char b) {
                       return a == (b | 0x20);
                     });
  if (!basic || text.size() > kMax) return {};
  text.remove_prefix(kScheme.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::string user = http::base64_decoded(text).value_or("");
  user.resize(std::min(user.find(':'), user.size()));
  return user;
}

}  // namespace millrace::protocols
