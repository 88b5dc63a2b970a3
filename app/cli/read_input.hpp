// Reads a file descriptor, as feeds want it.
#pragma once

#include "engine/runtime/feeds.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace millrace {

// `name` is for messages. The descriptor stays the caller's.
inline ReadBytes read_descriptor(int descriptor, std::string name) {
  return [descriptor, name = std::move(name)](char* into, std::size_t size) -> Result<std::size_t> {
    while (true) {
      const ssize_t got = ::read(descriptor, into, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR)
        return Error{"cannot read " + name + ": " + std::generic_category().message(errno)};
    }
  };
}

}  // namespace millrace
