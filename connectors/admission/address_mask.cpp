#include "connectors/admission/address_mask.hpp"

#include "engine/base/sixteen.hpp"

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

namespace {

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// The text that a key's value is, from behind the key; empty if it is none.
std::string_view text_behind(std::string_view json) {
  skip_space(json);
  if (!json.starts_with(':')) return {};
  json.remove_prefix(1);
  skip_space(json);
  if (!json.starts_with('"')) return {};
  json.remove_prefix(1);
  return json.substr(0, std::min(json.find('"'), json.size()));
}

constexpr std::string_view kKeyEnd = "ip\"";

// All bodies are searched for it, and its letters alone are frequent.
std::size_t find_key_end(std::string_view json, std::size_t from) {
  for (; from + sizeof(Sixteen) + 2 <= json.size(); from += sizeof(Sixteen)) {
    const char* const at = json.data() + from;
    if (any_of_sixteen((load_sixteen(at) == 'i') & (load_sixteen(at + 1) == 'p') &
                       (load_sixteen(at + 2) == '"')))
      break;
  }
  return json.find(kKeyEnd, from);
}

}  // namespace

void append_masked(std::string_view json, const AddressMask& mask, std::string& out) {
  constexpr AddressMask kAll = {32, 128};
  std::size_t from = 0;
  for (auto at = find_key_end(json, 0); at != std::string_view::npos; at = find_key_end(json, at)) {
    const std::string_view before = json.substr(0, at);
    at += kKeyEnd.size();
    if (!before.ends_with('"') && !before.ends_with("\"$")) continue;
    const std::string_view address = text_behind(json.substr(at));
    if (mask_address(address, kAll).empty()) continue;
    const auto begin = static_cast<std::size_t>(address.data() - json.data());
    out.append(json.substr(from, begin - from)).append(mask_address(address, mask));
    from = at = begin + address.size();
  }
  out.append(json.substr(from));
}

}  // namespace millrace::admission
