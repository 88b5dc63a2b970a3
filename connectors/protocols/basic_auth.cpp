#include "connectors/protocols/basic_auth.hpp"

#include <openssl/evp.h>

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
  while (text.ends_with('=')) text.remove_suffix(1);

  // EVP_DecodeBlock takes whole blocks, and counts what pads them.
  std::string block(text);
  block.resize((text.size() + 3) / 4 * 4, '=');
  std::string user(block.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(user.data()),
                                   reinterpret_cast<const unsigned char*>(block.data()),
                                   static_cast<int>(block.size()));
  if (size < 0) return {};
  user.resize(text.size() * 3 / 4);
  user.resize(std::min(user.find(':'), user.size()));
  return user;
}

}  // namespace millrace::protocols
