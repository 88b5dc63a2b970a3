#include "engine/event/json_scalar.hpp"

#include "engine/base/sixteen.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace millrace {
namespace {

// Powers of ten that a double holds exactly: dividing an exact integer by one rounds once, as it
// must.
constexpr std::array<double, 23> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t kExactMax = std::uint64_t{1} << 53;

// Appends the digits at `at` to `value`, which wraps around past 19 of them.
const char* take_digits(const char* at, const char* end, std::uint64_t& value) {
  for (; at < end; ++at) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*at) - '0');
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  return at;
}

// Whether a number beyond the doubles is beyond them on the small side, where it reads as 0: its
// first digit that is not 0 has a negative power of ten.
bool is_tiny(const char* at, const char* end) {
  std::int64_t power = -1;
  bool fraction = false;
  bool leading = true;
  for (; at < end && *at != 'e' && *at != 'E'; ++at) {
    if (*at == '.') fraction = true;
    if (*at >= '1' && *at <= '9') leading = false;
    if (*at == '-' || *at == '.') continue;
    if (fraction && leading) --power;
    if (!fraction && !leading) ++power;
  }
  std::int32_t exponent = 0;  // so that the sum has room
  if (at < end) {
    const bool plus = at[1] == '+';
    const auto [rest, error] = std::from_chars(at + (plus ? 2 : 1), end, exponent);
    if (error == std::errc::result_out_of_range) return at[1] == '-';
  }
  return power + exponent < 0;
}

const char* read_hard_number(const char* begin, const char* end, double& out) {
  const auto [rest, error] = std::from_chars(begin, end, out);
  if (error == std::errc::result_out_of_range || std::isinf(out)) {
    if (!is_tiny(begin, end)) return nullptr;
    out = *begin == '-' ? -0.0 : 0.0;
  }
  return end;
}

// Four hex digits, or a number past 0xFFFF.
std::uint32_t read_hex4(const char* at, const char* end) {
  constexpr std::uint32_t kNone = 0x10000;
  if (end - at < 4) return kNone;
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(at[i]);
    const auto letter = static_cast<unsigned>((c | 0x20) - 'a');
    if (c >= '0' && c <= '9')
      value = value * 16 + (c - '0');
    else if (letter < 6)
      value = value * 16 + letter + 10;
    else
      return kNone;
  }
  return value;
}

char* write_utf8(std::uint32_t code, char* out) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else {
    if (code < 0x10000) {
      put(0xE0 | (code >> 12));
    } else {
      put(0xF0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3F));
    }
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

// The character of the \u escape whose digits begin at `at`, which moves past it and past the
// second half of a surrogate pair. False if the digits are not there.
bool take_unicode(const char*& at, const char* end, std::uint32_t& code) {
  code = read_hex4(at, end);
  if (code > 0xFFFF) return false;
  at += 4;
  if (code < 0xD800 || code > 0xDFFF) return true;
  if (code < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const std::uint32_t low = read_hex4(at + 2, end);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
      return true;
    }
  }
  code = 0xFFFD;
  return true;
}

// By the letter behind the backslash; 0: it is none that stands for one character.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> made{};
  for (const auto& [letter, meant] : {std::pair{'"', '"'},
                                      {'\\', '\\'},
                                      {'/', '/'},
                                      {'b', '\b'},
                                      {'f', '\f'},
                                      {'n', '\n'},
                                      {'r', '\r'},
                                      {'t', '\t'}})
    made[static_cast<unsigned char>(letter)] = meant;
  return made;
}();

// Appends what the escape at `at` stands for. Behind the escape, or null: it is none.
const char* take_escape(const char* at, const char* end, char*& out) {
  if (end - at < 2) return nullptr;
  const char letter = at[1];
  at += 2;
  if (const char meant = kEscapes[static_cast<unsigned char>(letter)]; meant != '\0') {
    *out++ = meant;
    return at;
  }
  std::uint32_t code = 0;
  if (letter != 'u' || !take_unicode(at, end, code)) return nullptr;
  out = write_utf8(code, out);
  return at;
}

}  // namespace

const char* read_json_number(const char* at, const char* end, double& out) {
  const char* const begin = at;
  const bool minus = at < end && *at == '-';
  if (minus) ++at;
  std::uint64_t digits = 0;
  const char* const whole = at;
  at = take_digits(at, end, digits);
  if (at == whole || (*whole == '0' && at - whole > 1)) return nullptr;
  std::size_t places = 0;
  if (at < end && *at == '.') {
    const char* const fraction = ++at;
    at = take_digits(at, end, digits);
    places = static_cast<std::size_t>(at - fraction);
    if (places == 0) return nullptr;
  }
  bool exponent = false;
  if (at < end && (*at | 0x20) == 'e') {
    exponent = true;
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    const char* const power = at;
    std::uint64_t ignored = 0;
    at = take_digits(at, end, ignored);
    if (at == power) return nullptr;
  }
  // 19 digits and a sign and a point: what take_digits holds without wrapping around.
  if (exponent || at - begin > 19 || digits > kExactMax || places >= kPowers.size())
    return read_hard_number(begin, at, out);
  out = static_cast<double>(digits);
  if (places != 0) out /= kPowers[places];
  if (minus) out = -out;
  return at;
}

bool is_json_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto take = [&] {
    const char* const first = at;
    while (at < end && static_cast<unsigned char>(*at - '0') <= 9) ++at;
    return at - first;
  };
  if (at < end && *at == '-') ++at;
  const char* const whole = at;
  const std::ptrdiff_t digits = take();
  if (digits == 0 || (digits > 1 && *whole == '0')) return false;
  if (at < end && *at == '.') {
    ++at;
    if (take() == 0) return false;
  }
  // A long one, or one with an exponent, may be beyond the doubles.
  constexpr std::size_t kSurelyFinite = 300;
  if (at == end && text.size() <= kSurelyFinite) return true;
  double ignored = 0;
  return read_json_number(text.data(), end, ignored) == end;
}

char* unescape_json(std::string_view text, char* out) {
  const char* at = text.data();  // what is before it was taken
  const char* const end = at + text.size();
  for (const char* block = at; block < end; block += 64) {
    auto found = bits_of_block(block, end, [](Sixteen some) { return some == '\\'; });
    for (; found != 0; found &= found - 1) {
      const char* const backslash = block + std::countr_zero(found);
      if (backslash < at) continue;  // of the escape before
      out = copy_run(at, backslash, end, out);
      at = take_escape(backslash, end, out);
      if (at == nullptr) return nullptr;
    }
  }
  return copy_run(at, end, end, out);
}

}  // namespace millrace
