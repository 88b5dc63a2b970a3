// The section `websocket` of a topology file, for connectors/builtin.cpp.
#pragma once

#include "connectors/websocket/collector.hpp"

#include <string_view>

namespace millrace::websocket {

struct WebSocketSection {
  using Config = CollectorConfig;
  static constexpr std::string_view kName = "websocket";
  static constexpr std::string_view kSummary =
      "What the WebSocket collector accepts, and how much at a time.";
};

}  // namespace millrace::websocket
