// CHECK(condition): an invariant that only a bug in Millrace can break. On in release builds: the
// process dies at once and recovers from its journal, rather than go on with wrong state.
#pragma once

namespace millrace::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace millrace::detail

#define CHECK(condition)              \
  (__builtin_expect(!!(condition), 1) \
       ? static_cast<void>(0)         \
       : ::millrace::detail::check_failed(#condition, __FILE__, __LINE__))
