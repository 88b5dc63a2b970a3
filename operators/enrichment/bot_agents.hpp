// Which user agents are those of programs that visit sites by themselves. One thread an instance.
#pragma once

#include "operators/enrichment/remembered.hpp"
#include "operators/enrichment/user_agent_parser.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace millrace {

enum class BotKind : std::uint8_t { kNone, kDeclared, kHeadless };

class BotAgents {
 public:
  // Agents that one of the regular expressions (RE2) in `allow` finds are no bots. Remembers at
  // most so many agents.
  BotAgents(const std::vector<std::string>& allow, std::uint32_t remembered);
  ~BotAgents();

  // A library that a server sends events with is no bot by itself: whose event it is, the event
  // says.
  BotKind kind(std::string_view agent);

 private:
  BotKind find(std::string_view agent);

  std::vector<std::unique_ptr<re2::RE2>> allow_;
  UserAgentParser parser_{1};
  Remembered<BotKind> remembered_;
};

}  // namespace millrace
