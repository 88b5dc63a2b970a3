#include "connectors/http/base64.hpp"

#include <array>
#include <cstdint>

namespace millrace::http {
namespace {

constexpr std::uint8_t kNone = 0xff;
constexpr std::uint8_t kLeftOut = 0xfe;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  values['-'] = values[' '] = 62;
  values['_'] = 63;
  values['\r'] = values['\n'] = kLeftOut;
  return values;
}();

}  // namespace

std::optional<std::string> base64_decoded(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned held = 0;  // bits of `bits` that are not written yet
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kLeftOut) continue;
    if (value == kNone) return {};
    bits = bits << 6 | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xff));
  }
  // One character alone holds no byte.
  if (held == 6) return {};
  return out;
}

}  // namespace millrace::http
