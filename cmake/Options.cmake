# Warnings, sanitizers, linker and compiler cache, shared by every target.
add_library(millrace_options INTERFACE)
target_compile_features(millrace_options INTERFACE cxx_std_20)
target_compile_options(millrace_options INTERFACE
  $<BUILD_INTERFACE:-Wall;-Wextra;-Wshadow;-Wconversion;-Wno-sign-conversion;-Wno-missing-field-initializers;-fno-omit-frame-pointer;-pthread>)
# -Werror belongs to our own builds with the compiler that we develop on: others warn about more.
if(PROJECT_IS_TOP_LEVEL AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(millrace_options INTERFACE $<BUILD_INTERFACE:-Werror>)
endif()
if(MILLRACE_SANITIZE)
  target_compile_options(millrace_options INTERFACE
    $<BUILD_INTERFACE:-fsanitize=${MILLRACE_SANITIZE};-fno-sanitize-recover=all>)
  target_link_options(millrace_options INTERFACE $<BUILD_INTERFACE:-fsanitize=${MILLRACE_SANITIZE}>)
endif()
# ThreadSanitizer does not know fences, and GCC warns of them. What Asio hands from thread to thread goes through its
# mutexes as well.
if(MILLRACE_SANITIZE STREQUAL "thread")
  target_compile_definitions(millrace_options INTERFACE $<BUILD_INTERFACE:BOOST_ASIO_DISABLE_FENCED_BLOCK>)
endif()
# Everything is built to report its branches; only the fuzz programs link libFuzzer's main.
if(MILLRACE_FUZZ)
  target_compile_options(millrace_options INTERFACE $<BUILD_INTERFACE:-fsanitize=fuzzer-no-link>)
endif()

find_program(MILLRACE_CCACHE ccache)
if(MILLRACE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MILLRACE_CCACHE})
  if(MILLRACE_PCH)  # ccache may rely on a header that was precompiled from the same sources
    list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros)
  endif()
endif()

find_program(MILLRACE_MOLD mold)
if(MILLRACE_MOLD)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_link_options(-fuse-ld=${MILLRACE_MOLD})
  else()
    add_link_options(-fuse-ld=mold)
  endif()
endif()
