// Keys that must stay secret: made from the machine's random source, kept as SHA-256 hashes,
// compared in constant time. They have 160 random bits, so that a plain hash cannot be guessed
// back. Pure functions but for the random source; any thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // of OpenSSL

namespace millrace::admission {

using SecretHash = std::array<unsigned char, 32>;

SecretHash hash_secret(std::string_view secret);
bool same_hash(const SecretHash& a, const SecretHash& b);

SecretHash random_secret();

// 64 lower-case hex digits, as in a keys file.
std::string hash_text(const SecretHash& hash);
std::optional<SecretHash> parse_hash(std::string_view text);

// `prefix` and 32 characters of a-z and 2-7 (base32): 160 random bits.
std::string make_key(std::string_view prefix);

// 32 lower-case hex digits: 128 random bits.
std::string make_visitor_id();

// A hash of short texts under a key, SipHash-2-4 (Aumasson and Bernstein, 2012) of 128 bits: who
// does not have the key can neither make it nor tell the texts from it. One thread at a time.
class KeyedHash {
 public:
  explicit KeyedHash(const SecretHash& key);

  // 32 lower-case hex digits, of all texts and their order.
  std::string operator()(std::span<const std::string_view> texts);

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::array<unsigned char, 16> key_;
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
  std::string text_;  // all of them, each behind its size
};

}  // namespace millrace::admission
