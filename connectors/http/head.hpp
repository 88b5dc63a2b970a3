// What the first lines of a request say: values as sent, before anybody has judged them.
#pragma once

#include "connectors/http/exchange.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

// Views into the bytes that it was parsed from.
struct Head {
  std::string_view bytes;  // all of it, with the empty line
  std::string_view method;
  std::string_view target;
  int version = 11;  // or 10
  std::vector<Header> headers;
  bool keep_alive = false;  // as version and Connection say
  bool upgrade = false;     // Connection: upgrade
};

// Why a request is refused: the status and a word that clients and counters get, and a sentence.
// A head that is too large is answered 400, not 414 or 431: trackers are known that repeat what
// they have no rule for, for ever.
struct Refused {
  int status = 400;
  std::string_view reason;
  std::string_view detail;

  bool operator==(const Refused&) const = default;
};

}  // namespace millrace::http
