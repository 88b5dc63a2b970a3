#include "engine/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace millrace::detail {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "millrace: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace millrace::detail
