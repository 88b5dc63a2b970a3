#include "connectors/webhook/signature.hpp"

#include "engine/base/check.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace millrace::webhook {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kKeyMin = 24;
constexpr std::size_t kKeyMax = 64;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::optional<std::string> decode_secret(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  secret.remove_prefix(kPrefix.size());
  if (secret.empty() || secret.size() > 128 || secret.size() % 4 != 0) return std::nullopt;
  std::string key(secret.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()),
                                   bytes_of(secret),
                                   static_cast<int>(secret.size()));
  if (size < 0) return std::nullopt;
  // The padding was decoded as zeros.
  const auto padding = static_cast<std::size_t>(std::count(secret.end() - 2, secret.end(), '='));
  key.resize(static_cast<std::size_t>(size) - padding);
  if (base64(key) != secret) return std::nullopt;  // the library takes much for base64
  if (key.size() < kKeyMin || key.size() > kKeyMax) return std::nullopt;
  return key;
}

std::string timestamp_text(Time timestamp) {
  return std::to_string(
      std::chrono::floor<std::chrono::seconds>(timestamp).time_since_epoch().count());
}

std::string sign(const std::vector<std::string>& keys,
                 std::string_view id,
                 Time timestamp,
                 std::string_view body) {
  std::string text(id);
  text.append(".").append(timestamp_text(timestamp)).append(".").append(body);
  std::string signatures;
  for (const std::string& key : keys) {
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    CHECK(HMAC(EVP_sha256(),
               key.data(),
               static_cast<int>(key.size()),
               bytes_of(text),
               text.size(),
               reinterpret_cast<unsigned char*>(mac.data()),
               &size) != nullptr);
    mac.resize(size);
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + base64(mac);
  }
  return signatures;
}

}  // namespace millrace::webhook
