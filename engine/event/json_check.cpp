#include "engine/event/json_check.hpp"

#include "engine/base/utf8.hpp"
#include "engine/event/json_scalar.hpp"

#include <algorithm>

namespace millrace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Checker {
 public:
  Checker(std::string_view text, unsigned depth_max) : text_(text), depth_max_(depth_max) {}

  std::optional<JsonFault> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    space();
    if (at_ == text_.size()) {
      fail("empty_body", "there is no JSON value");
    } else if (value(0)) {
      space();
      if (at_ != text_.size()) malformed("expected the end of the text");
    }
    return fault_;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void space() { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }
  bool fail(std::string_view reason, std::string_view what) {
    fault_ = JsonFault{reason, what, at_};
    return false;
  }
  bool malformed(std::string_view what) {
    if (at_ < text_.size() && utf8_length(text_.substr(at_)) == 0) return bad_utf8();
    return fail("malformed_json", what);
  }
  bool bad_utf8() { return fail("invalid_utf8", "the byte belongs to no UTF-8 character"); }

  bool value(unsigned depth) {
    switch (peek()) {
      case '{':
        return object(depth + 1);
      case '[':
        return list(depth + 1);
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool object(unsigned depth) {
    if (depth > depth_max_) return fail("too_deep", "lists and objects are nested too deeply");
    take('{');
    space();
    if (take('}')) return true;
    do {
      space();
      if (peek() != '"') return malformed("expected a key in double quotes");
      if (!string()) return false;
      space();
      if (!take(':')) return malformed("expected ':'");
      space();
      if (!value(depth)) return false;
      space();
    } while (take(','));
    return take('}') || malformed("expected ',' or '}'");
  }

  bool list(unsigned depth) {
    if (depth > depth_max_) return fail("too_deep", "lists and objects are nested too deeply");
    take('[');
    space();
    if (take(']')) return true;
    do {
      space();
      if (!value(depth)) return false;
      space();
    } while (take(','));
    return take(']') || malformed("expected ',' or ']'");
  }

  bool string() {
    take('"');
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (take('"')) return true;
      if (c < 0x20) return malformed("a control character in a string");
      if (c == '\\') {
        if (!escape()) return false;
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) return bad_utf8();
      at_ += length;
    }
    return malformed("a string without its closing quote");
  }

  bool escape() {
    ++at_;
    if (peek() != 'u') {
      if (std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos)
        return malformed("an escape that JSON does not have");
      ++at_;
      return true;
    }
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_)
      if (!is_hex(peek())) return malformed("expected four hex digits after \\u");
    return true;
  }

  bool literal(std::string_view word) {
    for (const char c : word)
      if (!take(c)) return malformed("expected a value");
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return malformed("expected a digit");
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    const std::size_t begin = at_;
    const bool minus = take('-');
    if (!minus && !is_digit(peek())) return malformed("expected a value");
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return false;
    }
    double read = 0;
    if (read_json_number(text_.data() + begin, text_.data() + at_, read) != nullptr) return true;
    at_ = begin;
    return fail("number_out_of_range", "the number is too large for a 64-bit float");
  }

  std::string_view text_;
  unsigned depth_max_;
  std::size_t at_ = 0;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, unsigned depth_max) {
  return Checker(text, depth_max).run();
}

}  // namespace millrace
