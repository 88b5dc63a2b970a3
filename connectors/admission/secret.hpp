// Keys that must stay secret: made from the machine's random source, kept as SHA-256 hashes,
// compared in constant time. They have 160 random bits, so that a plain hash cannot be guessed
// back. Pure functions but for the random source; any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::admission {

using SecretHash = std::array<unsigned char, 32>;

SecretHash hash_secret(std::string_view secret);
bool same_hash(const SecretHash& a, const SecretHash& b);

SecretHash random_secret();
// HMAC-SHA256 (RFC 2104): who does not have the secret can neither make it nor tell the text from
// it.
SecretHash keyed_hash(const SecretHash& secret, std::string_view text);

// 64 lower-case hex digits, as in a keys file.
std::string hash_text(const SecretHash& hash);
std::optional<SecretHash> parse_hash(std::string_view text);

// `prefix` and 32 characters of a-z and 2-7 (base32): 160 random bits.
std::string make_key(std::string_view prefix);

// 32 lower-case hex digits: 128 random bits.
std::string make_visitor_id();

}  // namespace millrace::admission
