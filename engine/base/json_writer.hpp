// Writes JSON (RFC 8259) by appending to a string: events, effects, schemas, answers of the API.
//
// The caller says what comes next and the writer places commas, quotes and line breaks:
//   JsonWriter(out).object().key("id").value(7).key("tags").array().value("a").end().end();
// One thread at a time. A wrong order of calls (a value without its key) is a bug and dies by
// CHECK.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

class JsonWriter {
 public:
  enum class Style { kCompact, kPretty };  // one line without spaces / indented by two

  // `out` must outlive the writer. What it already holds stays in front.
  explicit JsonWriter(std::string& out, Style style = Style::kCompact) : out_(out), style_(style) {}

  JsonWriter& object();
  JsonWriter& array();
  JsonWriter& end();  // of the innermost object or array
  JsonWriter& key(std::string_view name);

  // Bytes that are not UTF-8 are written as U+FFFD, one for each byte.
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  // The shortest digits that read back as the same number; NaN and infinity are written as null.
  JsonWriter& value(double number);
  template <std::integral T>
  JsonWriter& value(T number) {
    if constexpr (std::signed_integral<T>)
      return signed_value(number);
    else
      return unsigned_value(number);
  }
  JsonWriter& null() { return raw("null"); }
  // `json` must be one whole JSON value; it is copied as it is.
  JsonWriter& raw(std::string_view json);

 private:
  JsonWriter& signed_value(std::int64_t number);
  JsonWriter& unsigned_value(std::uint64_t number);
  JsonWriter& open(char bracket);
  void before_value();
  void separate();

  std::string& out_;
  std::string open_;  // the closing brackets that are due
  Style style_;
  bool empty_ = true;       // nothing yet in the innermost object or array
  bool after_key_ = false;  // a key waits for its value
};

// Appends `text` as a quoted JSON string.
void append_json_string(std::string& out, std::string_view text);
// The same, written to `out`, which has room for json_string_max(text.size()) bytes. Behind the
// last one written.
char* write_json_string(char* out, std::string_view text);
constexpr std::size_t json_string_max(std::size_t size) { return 6 * size + 2; }

// Appends a number as JSON, as JsonWriter::value does.
void append_json_number(std::string& out, double number);

}  // namespace millrace
