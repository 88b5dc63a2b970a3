// The section `collect` of a topology file, for connectors/builtin.cpp.
#pragma once

#include "connectors/admission/collect_config.hpp"

#include <string_view>

namespace millrace::admission {

struct CollectSection {
  using Config = CollectConfig;
  static constexpr std::string_view kName = "collect";
  static constexpr std::string_view kSummary =
      "What collectors accept, and what they tell browsers.";
};

}  // namespace millrace::admission
