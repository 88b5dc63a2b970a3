// Says what is wrong with a JSON text and where: the second, slow pass over a document that the
// projector refused, and the oracle that its tests compare with. Byte by byte, plain on purpose,
// and shares no code with the projector. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace {

struct JsonFault {
  std::string_view reason;  // a word to count by: "malformed_json"
  std::string_view what;    // "expected ',' or '}'"
  std::size_t offset = 0;  // of the byte that is wrong, from 0; the text's size where it ends early
};

// The first fault of `text`, which is to be one JSON value (RFC 8259) of at most `depth_max` nested
// lists and objects. What counts as one is the table in json_projector.hpp.
std::optional<JsonFault> find_json_fault(std::string_view text, unsigned depth_max);

}  // namespace millrace
