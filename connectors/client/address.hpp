// Where a server is: the URL that people give to `--to`.
#pragma once

#include "engine/base/result.hpp"

#include <string>
#include <string_view>

namespace millrace::client {

struct Address {
  bool secure = false;  // TLS
  std::string host;     // a name, or an address without brackets
  std::string port;
  std::string base;  // what every path begins with: "" or "/collect"

  // As the Host header and URLs have it.
  std::string authority() const;
  // "http://127.0.0.1:8080"
  std::string url() const;
};

// `http://host:port/base`, `https://…` or just `host:port`. The ports are 80 and 443 if not said.
Result<Address> parse_address(std::string_view url);

}  // namespace millrace::client
