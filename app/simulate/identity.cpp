// Identifiers are hashes of the seed and the shopper's number, so nothing has to remember them.
#include "app/simulate/event_writer.hpp"
#include "engine/base/hash.hpp"

#include <charconv>

namespace millrace::simulate {
namespace {

std::uint64_t hash_of(std::uint64_t seed, std::uint32_t shopper, std::uint64_t what) {
  return mix64(mix64(seed + 0x9e3779b97f4a7c15ULL * (what + 1)) ^ shopper);
}

void put_hex(char* to, std::uint64_t bits, std::size_t digits) {
  for (std::size_t i = 0; i < digits; ++i) to[i] = "0123456789abcdef"[(bits >> (60 - 4 * i)) & 15];
}

}  // namespace

void put_uuid(std::string& out, std::uint64_t high, std::uint64_t low) {
  char text[37] = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  put_hex(text, high, 8);
  put_hex(text + 9, high << 32, 4);
  put_hex(text + 15, high << 48, 3);
  text[19] = "89ab"[low & 3];
  put_hex(text + 20, low, 3);
  put_hex(text + 24, low << 12, 12);
  out.append(text, 36);
}

void put_user_id(std::string& out, std::uint64_t seed, std::uint32_t shopper) {
  // The number itself makes ids unique; the hash keeps them from sorting by age.
  char text[24] = "usr_";
  put_hex(text + 4, hash_of(seed, shopper, 1), 6);
  const auto end = std::to_chars(text + 10, text + sizeof text, shopper).ptr;
  out.append(text, end);
}

void put_email(std::string& out, std::uint64_t seed, std::uint32_t shopper) {
  char text[48] = "shopper.";
  put_hex(text + 8, hash_of(seed, shopper, 2), 4);
  const auto end = std::to_chars(text + 12, text + sizeof text, shopper).ptr;
  out.append(text, end);
  out.append("@example.com");
}

void put_anonymous_id(std::string& out,
                      std::uint64_t seed,
                      std::uint32_t shopper,
                      std::size_t device,
                      std::uint8_t generation) {
  const std::uint64_t what = 100 + device * 100 + generation;
  put_uuid(out, hash_of(seed, shopper, what), hash_of(seed, shopper, what + 10'000));
}

}  // namespace millrace::simulate
