#include "connectors/admission/secret.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdint>

namespace millrace::admission {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

template <std::size_t kBytes>
std::array<unsigned char, kBytes> random_bytes() {
  std::array<unsigned char, kBytes> bytes;
  // It fails only where the machine has no random source at all; nothing secret can be made then.
  CHECK(RAND_bytes(bytes.data(), kBytes) == 1);
  return bytes;
}

}  // namespace

SecretHash hash_secret(std::string_view secret) {
  SecretHash hash;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), hash.data());
  return hash;
}

bool same_hash(const SecretHash& a, const SecretHash& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretHash random_secret() { return random_bytes<32>(); }

std::string hash_text(const SecretHash& hash) { return to_hex(hash); }

std::optional<SecretHash> parse_hash(std::string_view text) {
  SecretHash hash;
  if (text.size() != hash.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto high = kHex.find(text[2 * i]);
    const auto low = kHex.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    hash[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return hash;
}

std::string make_key(std::string_view prefix) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string key(prefix);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const unsigned char byte : random_bytes<20>()) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 5; count -= 5) key.push_back(kDigits[bits >> (count - 5) & 31]);
  }
  return key;
}

// A call of the random source costs more than all the rest of a request, so that each serves many.
std::string make_visitor_id() {
  constexpr std::size_t kId = 16;
  thread_local std::array<unsigned char, 64 * kId> pool;
  thread_local std::size_t used = pool.size();
  if (used == pool.size()) {
    pool = random_bytes<pool.size()>();
    used = 0;
  }
  const auto id = std::span(pool).subspan(used, kId);
  used += kId;
  return to_hex(id);
}

void KeyedHash::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

KeyedHash::KeyedHash(const SecretHash& key) {
  std::copy_n(key.begin(), key_.size(), key_.begin());
  EVP_MAC* const sip = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  CHECK(sip != nullptr);
  context_.reset(EVP_MAC_CTX_new(sip));
  EVP_MAC_free(sip);
  std::size_t size = 16;
  const OSSL_PARAM bits128[] = {OSSL_PARAM_construct_size_t("size", &size), OSSL_PARAM_END};
  CHECK(context_ != nullptr && EVP_MAC_CTX_set_params(context_.get(), bits128) == 1);
}

std::string KeyedHash::operator()(std::span<const std::string_view> texts) {
  CHECK(EVP_MAC_init(context_.get(), key_.data(), key_.size(), nullptr) == 1);
  text_.clear();
  for (const std::string_view text : texts) {
    const std::uint64_t size = text.size();
    text_.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  }
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text_.data());
  CHECK(EVP_MAC_update(context_.get(), bytes, text_.size()) == 1);
  std::array<unsigned char, 16> hash;
  std::size_t size = 0;
  CHECK(EVP_MAC_final(context_.get(), hash.data(), &size, hash.size()) == 1 && size == hash.size());
  return to_hex(hash);
}

}  // namespace millrace::admission
