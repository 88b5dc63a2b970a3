// What the server asks before a request is let in, and what it adds to every answer: the rights of
// routes, and CORS. It covers every route there is, so that none can forget it.
//
//   right   who is let in                               pages of other origins may
//   kNone   anybody                                     not
//   kWrite  whom the handler's protocol knows by key    send, with cookies: answers tell nothing
//   kRead   a read key or admin token                   read, if a key of the keys file lists them
//   kAdmin  an admin token                              not
//
// Keys come as `Authorization: Bearer KEY`, never in the URL. In development, reading and
// administrating is for requests to this machine's own name from no other page: a page in the
// developer's browser must not read the profiles, also not by a name that resolves to 127.0.0.1.
//
// Called on I/O threads.
#pragma once

#include "connectors/admission/keys.hpp"
#include "connectors/http/routes.hpp"
#include "engine/base/time.hpp"
#include "engine/config/fields.hpp"

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace millrace::admission {

struct CorsConfig {
  std::vector<std::string> origins;
  Duration max_age = std::chrono::hours(2);

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(
            "origins",
            &CorsConfig::origins,
            "Origins of pages that may send events, such as https://shop.example; none means any. "
            "A write key may be bound to some of them."),
        field("max_age",
              &CorsConfig::max_age,
              "How long a browser remembers that it may send.",
              {.min = Duration(0), .max = std::chrono::hours(24)}),
    };
  }
  void check(config::Checker& checker) const;
};

// `keys` must outlive the gate.
http::Gate make_gate(const KeyRing& keys, CorsConfig cors);

// The secret of `Authorization: Bearer`; empty if there is none.
std::string_view bearer_of(const http::Request& request);

}  // namespace millrace::admission
