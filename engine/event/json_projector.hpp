// Reads the fields that a topology uses out of untrusted JSON, and checks all the rest of it. The
// parsers call it, each with an instance of its own: one thread at a time. The only user of
// simdjson.
//
// A document with a fault anywhere, also behind the last field that is read, gives no rows at all.
//
// clang-format off
// | in the document                     | what happens                                               |
// |-------------------------------------|------------------------------------------------------------|
// | nothing, or only white space        | empty_body                                                 |
// | not JSON (RFC 8259), trailing bytes | malformed_json                                             |
// | raw NUL or control character        | malformed_json; escaped (\u0000) it is a character         |
// | bytes that are not UTF-8            | invalid_utf8                                               |
// | a byte order mark in front          | skipped                                                    |
// | more than `depth` nested containers | too_deep                                                   |
// | more bytes, more rows than allowed  | body_too_large, too_many_events                            |
// | a number beyond the doubles (1e400) | number_out_of_range, whether or not anybody reads it       |
// | a number too small (1e-400)         | 0                                                          |
// | an integer past 2^53                | the nearest double; JsonRead::kText keeps all its digits   |
// | a lone surrogate (\ud83d)           | U+FFFD: SDKs send halves of emoji that they cut in two     |
// | a key twice                         | the last one counts, with all below it, as in JavaScript   |
// clang-format on
#pragma once

#include "engine/event/arena.hpp"
#include "engine/event/json_check.hpp"
#include "engine/event/projection.hpp"
#include "engine/event/value.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

enum class JsonRead : std::uint8_t {
  kPlain,  // as it is
  kTime,  // an ISO 8601 text, or seconds or milliseconds since 1970: kTime; anything else: kMissing
  kText,  // a string, or the source text of a number: kString; anything else as it is
};

struct JsonField {
  std::vector<PathStep> steps;
  JsonRead read = JsonRead::kPlain;
};

// The fields of a projection, in its order.
std::vector<JsonField> json_fields(const Projection& projection);

struct JsonBounds {
  std::size_t body = 512 * 1024;  // bytes; at most 1 GiB
  std::size_t rows = 2'500;
  unsigned depth = 64;  // 1 to 64
};

// One object that fields were read from.
struct JsonRow {
  bool is_object = false;         // false: something else stands here, and every field is missing
  std::uint32_t offset = 0;       // of its first byte in the body
  std::uint32_t size = 0;         // in bytes
  std::span<const Value> values;  // one for every field, in order
};

class JsonProjector {
 public:
  // The items of the list at the top-level key `rows_key` are rows; empty: there are no rows but
  // the document itself.
  JsonProjector(const std::vector<JsonField>& fields, std::string rows_key, JsonBounds bounds = {});
  ~JsonProjector();
  JsonProjector(JsonProjector&&) noexcept;

  // Reads one document. No byte past body.size() is touched. Strings without escapes point into the
  // body and others into the arena: both outlive what is read. False: see fault().
  bool read(std::string_view body, Arena& arena);

  // Valid after read() gave true, until the next read().
  const JsonRow& top() const;             // the document
  bool has_rows() const;                  // the top-level key is there and a list
  std::span<const JsonRow> rows() const;  // its items

  // Valid after read() gave false.
  const JsonFault& fault() const;

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace millrace
