#include "engine/base/json_writer.hpp"

#include "engine/base/check.hpp"
#include "engine/base/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace millrace {
namespace {

template <class T>
void append_digits(std::string& out, T number) {
  std::array<char, 32> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): to_chars fills it
  const auto [end, error] = std::to_chars(digits.begin(), digits.end(), number);
  CHECK(error == std::errc());
  out.append(digits.begin(), end);
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// How many characters from the first are plain: eight at a time by arithmetic on their bits
// (graphics.stanford.edu/~seander/bithacks.html, "Determine if a word has a byte less than n").
std::size_t plain_run(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x80 * kOnes;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  std::size_t run = 0;
  for (; run + 8 <= text.size(); run += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + run, 8);
    const std::uint64_t other = (word & kHighs) | ((word - 0x20 * kOnes) & ~word & kHighs) |
                                has_zero(word ^ ('"' * kOnes)) | has_zero(word ^ ('\\' * kOnes));
    if (other != 0) break;
  }
  while (run < text.size() && is_plain(text[run])) ++run;
  return run;
}

void append_control(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_run(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    std::size_t taken = 1;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      append_control(out, text[0]);
    } else if (const auto length = utf8_length(text); length > 0) {
      out += text.substr(0, length);
      taken = length;
    } else {
      out += "\xEF\xBF\xBD";
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

void append_json_number(std::string& out, double number) {
  if (std::isfinite(number))
    append_digits(out, number);
  else
    out += "null";
}

void JsonWriter::separate() {
  if (!empty_) out_ += ',';
  if (style_ == Style::kPretty && !open_.empty()) {
    out_ += '\n';
    out_.append(2 * open_.size(), ' ');
  }
  empty_ = false;
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  CHECK(open_.back() == ']');
  separate();
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  out_ += bracket;
  open_ += bracket == '{' ? '}' : ']';
  empty_ = true;
  return *this;
}

JsonWriter& JsonWriter::object() { return open('{'); }
JsonWriter& JsonWriter::array() { return open('['); }

JsonWriter& JsonWriter::end() {
  CHECK(!open_.empty() && !after_key_);
  const char bracket = open_.back();
  open_.pop_back();
  if (style_ == Style::kPretty && !empty_) {
    out_ += '\n';
    out_.append(2 * open_.size(), ' ');
  }
  out_ += bracket;
  empty_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  CHECK(!open_.empty() && open_.back() == '}' && !after_key_);
  separate();
  append_json_string(out_, name);
  out_ += style_ == Style::kPretty ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return raw(truth ? "true" : "false"); }

JsonWriter& JsonWriter::value(double number) {
  before_value();
  append_json_number(out_, number);
  return *this;
}

JsonWriter& JsonWriter::signed_value(std::int64_t number) {
  before_value();
  append_digits(out_, number);
  return *this;
}

JsonWriter& JsonWriter::unsigned_value(std::uint64_t number) {
  before_value();
  append_digits(out_, number);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

}  // namespace millrace
