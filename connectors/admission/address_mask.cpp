#include "connectors/admission/address_mask.hpp"

#include <arpa/inet.h>
#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace millrace::admission {
namespace {

using Bytes = std::array<unsigned char, 16>;

void keep(std::span<unsigned char> bytes, unsigned bits) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(static_cast<int>(bits) - static_cast<int>(8 * i), 0, 8);
    bytes[i] = static_cast<unsigned char>(bytes[i] & (0xff00u >> kept));
  }
}

std::string four_text(std::span<const unsigned char, 4> bytes) {
  return fmt::format(FMT_COMPILE("{}.{}.{}.{}"), bytes[0], bytes[1], bytes[2], bytes[3]);
}

std::string six_text(const Bytes& bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
}

}  // namespace

std::string mask_address(std::string_view address, const AddressMask& mask) {
  char text[INET6_ADDRSTRLEN];
  if (address.size() >= sizeof text) return {};
  *std::copy(address.begin(), address.end(), text) = '\0';

  constexpr Bytes kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  Bytes bytes = kMapped;
  const bool four = inet_pton(AF_INET, text, bytes.data() + 12) == 1;
  const bool six = !four && inet_pton(AF_INET6, text, bytes.data()) == 1;
  if (!four && !six) return {};
  if (!six || std::memcmp(bytes.data(), kMapped.data(), 12) == 0) {
    if (mask.ipv4_bits == 0) return {};
    keep(std::span(bytes).subspan<12>(), mask.ipv4_bits);
    return four_text(std::span(bytes).subspan<12>());
  }
  if (mask.ipv6_bits == 0) return {};
  keep(bytes, mask.ipv6_bits);
  return six_text(bytes);
}

}  // namespace millrace::admission
