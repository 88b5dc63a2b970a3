// What a User-Agent says of browser, system and device, by uap-core's expressions, which are part
// of the program (user_agent_table.py). Agents are cut to 512 bytes.
//
// Compiled at the first use, once a process. An instance belongs to one thread and remembers what
// it found: some thousand agents make nearly all of a site's traffic.
#pragma once

#include "operators/enrichment/pattern_list.hpp"
#include "operators/enrichment/remembered.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// Texts are empty where nothing matched.
struct UserAgent {
  std::string browser;          // "Mobile Safari"
  std::string browser_version;  // "17.4.1"
  std::string os;               // "iOS"
  std::string os_version;       // "17.4"
  std::string device;           // "iPhone", "Spider"
  std::string brand;            // "Apple"
  std::string model;            // "iPhone"

  // A program that goes through sites, as uap-core says it.
  bool is_spider() const { return device == "Spider"; }
};

class UserAgentParser {
 public:
  // Remembers at most so many agents; at least 1.
  explicit UserAgentParser(std::uint32_t remembered) : remembered_(remembered) {}

  // The result is valid until the next call.
  const UserAgent& parse(std::string_view agent);

 private:
  PatternList::Matcher matcher_;
  Remembered<UserAgent> remembered_;
};

}  // namespace millrace
