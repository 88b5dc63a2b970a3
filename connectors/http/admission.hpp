// Which requests are let in, judged by their head alone: what Beast's parser accepts and no server
// may, because the next one behind it could read it differently (request smuggling, RFC 9112 11.2).
// Pure functions; any thread.
#pragma once

#include "connectors/http/head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace millrace::http {

struct HeadLimits {
  std::size_t headers_max = 100;
  std::size_t target_max = 16 << 10;
};

// What is known of a request that is let in. Views into the head's bytes.
struct Admitted {
  Method method = Method::kOther;
  std::string_view target;  // without scheme and authority, if it had any
  bool chunked = false;
  std::uint64_t content_length = 0;  // 0 for a chunked body
  bool expects_continue = false;
  bool wants_websocket = false;

  bool has_body() const { return chunked || content_length > 0; }
};

// After a refusal the connection must be closed: where the request ends is not certain.
std::variant<Admitted, Refused> admit(const Head& head, const HeadLimits& limits);

// Without regard to the case of ASCII letters.
bool same_letters(std::string_view a, std::string_view b);  // of the same length
inline bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_letters(a, b);
}

}  // namespace millrace::http
