# The headers of the standard library and of the test framework, parsed once instead of once a source. None of ours:
# a changed header rebuilds what includes it and no more. For the asan preset, which has two fifths of its clean build
# from it; with GCC 12 it brings false warnings, and the builds without it tell whether sources include what they use.
option(MILLRACE_PCH "Precompile the headers of the standard library" OFF)
set(MILLRACE_STANDARD_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <functional> <map>
  <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <tuple> <unordered_map> <utility> <variant>
  <vector> <fmt/format.h>)

# A precompiled header is taken only where all is defined that was defined when it was made: so these libraries link
# nothing that defines more.
set(MILLRACE_NO_CODE ${PROJECT_BINARY_DIR}/no_code.cpp)
file(CONFIGURE OUTPUT ${MILLRACE_NO_CODE} CONTENT "// For libraries that only bring precompiled headers.\n")
add_library(millrace_headers STATIC EXCLUDE_FROM_ALL ${MILLRACE_NO_CODE})
target_link_libraries(millrace_headers PRIVATE millrace_options fmt::fmt)

# millrace_use_precompiled(TARGET...)
function(millrace_use_precompiled)
  if(MILLRACE_PCH)
    foreach(target ${ARGN})
      target_precompile_headers(${target} REUSE_FROM millrace_headers)
    endforeach()
  endif()
endfunction()

if(MILLRACE_PCH)
  target_precompile_headers(millrace_headers PRIVATE ${MILLRACE_STANDARD_HEADERS})
endif()
