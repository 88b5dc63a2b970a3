// Metrics as text that Prometheus scrapes: exposition format 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats). Any thread.
#pragma once

#include "engine/metrics/metrics.hpp"

#include <string>
#include <string_view>

namespace millrace {

inline constexpr std::string_view kExpositionContentType =
    "text/plain; version=0.0.4; charset=utf-8";

// Every family in order of name, its series in order of labels. Each number is read once, but the
// numbers are not of one moment. A histogram shows the bounds 1, 2, 5, 10 ... from 10 us to 1000 s,
// 100 B to 1 GB, or 1 to a million items.
std::string exposition(const Metrics& metrics);

}  // namespace millrace
