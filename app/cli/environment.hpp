// The environment of the process, read before it starts threads.
#pragma once

#include <cstdlib>
#include <string>

namespace millrace {

// Empty if it is not set.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
  return value != nullptr ? value : "";
}

}  // namespace millrace
