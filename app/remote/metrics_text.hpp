// Numbers out of what GET /metrics answers (Prometheus text format, version 0.0.4).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace millrace {

// By name, without `millrace_`, the sum over all labels. Comments and what is no sample are
// skipped.
std::map<std::string, double, std::less<>> read_metrics(std::string_view text);

}  // namespace millrace
