#include "tests/support/mmdb_writer.hpp"

#include "engine/base/check.hpp"

#include <arpa/inet.h>

#include <array>

namespace millrace {
namespace {

// Numbers of the format's types.
constexpr unsigned kText = 2;
constexpr unsigned kUint16 = 5;
constexpr unsigned kUint32 = 6;
constexpr unsigned kMap = 7;
constexpr unsigned kUint64 = 9;
constexpr unsigned kList = 11;

using Bits = std::array<unsigned char, 16>;

void put_head(unsigned type, std::size_t size, std::string& out) {
  const unsigned short_type = type <= 7 ? type : 0;
  CHECK(size < 29 + 256);
  out += static_cast<char>(short_type << 5 | (size < 29 ? size : 29));
  if (short_type == 0) out += static_cast<char>(type - 7);
  if (size >= 29) out += static_cast<char>(size - 29);
}

void put_number(unsigned type, std::uint64_t number, unsigned bytes, std::string& out) {
  put_head(type, bytes, out);
  for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(number >> (8 * i) & 0xff);
}

void put_text(std::string_view text, std::string& out) {
  put_head(kText, text.size(), out);
  out += text;
}

void put(const MmdbValue& value, std::string& out) {
  if (const auto* text = std::get_if<std::string>(&value.held)) return put_text(*text, out);
  if (const auto* number = std::get_if<std::uint32_t>(&value.held))
    return put_number(kUint32, *number, 4, out);
  if (const auto* list = std::get_if<MmdbValue::List>(&value.held)) {
    put_head(kList, list->size(), out);
    for (const MmdbValue& item : *list) put(item, out);
    return;
  }
  const auto& map = std::get<MmdbValue::Map>(value.held);
  put_head(kMap, map.size(), out);
  for (const auto& [key, item] : map) {
    put_text(key, out);
    put(item, out);
  }
}

// IPv4 lies in the first 96 zero bits of IPv6.
std::pair<Bits, unsigned> bits_of(const MmdbNetwork& network) {
  Bits bits{};
  if (inet_pton(AF_INET, network.address.c_str(), bits.data() + 12) == 1)
    return {bits, 96 + network.bits};
  CHECK(inet_pton(AF_INET6, network.address.c_str(), bits.data()) == 1);
  return {bits, network.bits};
}

constexpr std::int64_t kNothing = -1;
// What a node leads to for a 0 and for a 1: a node, or below kNothing an entry of the data.
using Node = std::array<std::int64_t, 2>;
std::int64_t entry(std::size_t offset) { return -2 - static_cast<std::int64_t>(offset); }

void insert(const MmdbNetwork& network, std::size_t offset, std::vector<Node>& nodes) {
  const auto [bits, count] = bits_of(network);
  std::size_t at = 0;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned bit = bits[i / 8] >> (7 - i % 8) & 1U;
    if (i + 1 == count) {
      CHECK(nodes[at][bit] == kNothing);
      nodes[at][bit] = entry(offset);
    } else {
      if (nodes[at][bit] == kNothing) {
        nodes.push_back({kNothing, kNothing});
        nodes[at][bit] = static_cast<std::int64_t>(nodes.size()) - 1;
      }
      CHECK(nodes[at][bit] >= 0);
      at = static_cast<std::size_t>(nodes[at][bit]);
    }
  }
}

}  // namespace

std::string mmdb(std::string_view type, const std::vector<MmdbNetwork>& networks) {
  constexpr std::size_t kBetween = 16;  // zeros between tree and data
  std::vector<Node> nodes{{kNothing, kNothing}};
  std::string data;
  for (const MmdbNetwork& network : networks) {
    insert(network, data.size(), nodes);
    put(network.value, data);
  }
  std::string out;
  for (const Node& node : nodes)
    for (const std::int64_t to : node) {
      const std::size_t record = to == kNothing ? nodes.size()
                                 : to >= 0
                                     ? static_cast<std::size_t>(to)
                                     : nodes.size() + kBetween + static_cast<std::size_t>(-2 - to);
      for (int byte = 3; byte >= 0; --byte) out += static_cast<char>(record >> (8 * byte) & 0xff);
    }
  out.append(kBetween, '\0').append(data).append("\xab\xcd\xefMaxMind.com");
  put_head(kMap, 9, out);
  const auto number =
      [&](std::string_view key, unsigned kind, std::uint64_t value, unsigned bytes) {
        put_text(key, out);
        put_number(kind, value, bytes, out);
      };
  number("node_count", kUint32, nodes.size(), 4);
  number("record_size", kUint16, 32, 2);
  number("ip_version", kUint16, 6, 2);
  number("binary_format_major_version", kUint16, 2, 2);
  number("binary_format_minor_version", kUint16, 0, 2);
  number("build_epoch", kUint64, 1'767'225'600, 8);
  put_text("database_type", out);
  put_text(type, out);
  put_text("languages", out);
  put_head(kList, 1, out);
  put_text("en", out);
  put_text("description", out);
  put_head(kMap, 0, out);
  return out;
}

}  // namespace millrace
