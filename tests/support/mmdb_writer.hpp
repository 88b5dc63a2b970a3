// Databases in MaxMind's format for tests (maxmind.github.io/MaxMind-DB, version 2.0): what a
// reader of countries and networks meets in one, and no more.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace {

// Texts, numbers, maps and lists of such.
struct MmdbValue {
  using Map = std::map<std::string, MmdbValue>;
  using List = std::vector<MmdbValue>;
  std::variant<std::string, std::uint32_t, Map, List> held;
};

struct MmdbNetwork {
  std::string address;  // "203.0.113.0" or "2001:db8::"
  unsigned bits;        // of it
  MmdbValue value;
};

// The bytes of a database file. Networks do not overlap.
std::string mmdb(std::string_view type, const std::vector<MmdbNetwork>& networks);

}  // namespace millrace
