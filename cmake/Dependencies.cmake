# Every third-party library, from Debian 12. Each is linked by the one folder that uses it. An installed
# Millrace is static libraries, so its package file includes this file to find what they link.
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(TBB REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(RocksDB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(lib_lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(lib_zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(lib_xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(lib_re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(lib_maxminddb REQUIRED IMPORTED_TARGET libmaxminddb)
pkg_check_modules(lib_pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
if(NOT CMAKE_FIND_PACKAGE_NAME)  # only the program needs it, not who uses the libraries
  find_package(CLI11 REQUIRED)
  pkg_check_modules(lib_jemalloc REQUIRED IMPORTED_TARGET jemalloc)
  # Not a library: what user agents mean, and its tests.
  find_path(MILLRACE_UAP_CORE regexes.yaml PATHS /usr/share/uap-core NO_DEFAULT_PATH REQUIRED)
endif()
