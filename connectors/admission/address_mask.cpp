#include "connectors/admission/address_mask.hpp"

#include <arpa/inet.h>

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

std::string text_of(int family, const unsigned char* bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes, text, sizeof text);
}

}  // namespace

std::string mask_address(std::string_view address, const AddressMask& mask) {
  char text[INET6_ADDRSTRLEN];
  if (address.size() >= sizeof text) return {};
  *std::copy(address.begin(), address.end(), text) = '\0';

  constexpr Bytes kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  Bytes bytes = kMapped;
  const bool six = inet_pton(AF_INET6, text, bytes.data()) == 1;
  if (!six && inet_pton(AF_INET, text, bytes.data() + 12) != 1) return {};
  if (!six || std::memcmp(bytes.data(), kMapped.data(), 12) == 0) {
    if (mask.ipv4_bits == 0) return {};
    keep(std::span(bytes).subspan(12), mask.ipv4_bits);
    return text_of(AF_INET, bytes.data() + 12);
  }
  if (mask.ipv6_bits == 0) return {};
  keep(bytes, mask.ipv6_bits);
  return text_of(AF_INET6, bytes.data());
}

}  // namespace millrace::admission
