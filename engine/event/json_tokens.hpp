// A cursor over the tokens of an untrusted JSON text: reads and checks one value, key or mark at a
// time. For the projector, one thread at a time; simdjson is behind it.
//
// simdjson's first stage checks UTF-8 and control characters and finds where every token begins.
// Between two such places lie one token and white space, so that no search finds a string's end.
// The mark that ends a container is the last token of a sound document: the cursor can only run off
// the end where a container is closed, and only close() checks it.
#pragma once

#include "engine/event/arena.hpp"
#include "engine/event/value.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class JsonTokens {
 public:
  // `bytes_max` and `depth_max` (1 to 64): more bytes are a bug of the caller, more depth an error.
  JsonTokens(std::size_t bytes_max, unsigned depth_max);
  ~JsonTokens();

  // Begins a text. No byte past its end is touched. False if the tokens already show that it is not
  // a JSON list or object, or not UTF-8; nothing else may be called then but offset().
  bool start(std::string_view text);

  // Tokens that are still to be read.
  std::size_t count() const { return static_cast<std::size_t>(end_ - next_); }
  // Everything was read.
  bool done() const { return next_ == end_; }
  // Of the next token, from the start of the text; 0 when there is none.
  std::uint32_t offset() const { return next_ < end_ ? *next_ : 0; }
  // Behind the last token that was read.
  std::uint32_t offset_behind() const {
    const char* end = text_ + next_[0];
    while (is_space(end[-1])) --end;
    return static_cast<std::uint32_t>(end - text_);
  }

  // The first character of the next token, which is there: every function below that gives false
  // ends the reading of this text.
  char peek() const { return text_[*next_]; }
  bool open() {
    ++next_;
    return ++depth_ <= depth_max_;
  }
  bool close() {
    ++next_;
    return --depth_ == 0 || next_ != end_;
  }
  bool take(char mark) { return text_[*next_++] == mark; }

  // Precondition: peek() is a double quote. A string without escapes points into the text, and
  // another into the arena; `source` is the string as it is written. A key is valid until the next
  // one, and is_inside() if it points into the text.
  bool read_string(std::string_view& text, std::string_view& source, Arena& arena) {
    source = take_quoted();
    text = inside_of(source);
    return !has_escape(text) ||
           unescape(text, reinterpret_cast<char*>(arena.allocate(text.size())));
  }
  bool read_string(std::string_view& text, Arena& arena) {
    std::string_view source;
    return read_string(text, source, arena);
  }
  bool read_key(std::string_view& key) {
    if (peek() != '"') return false;
    key = take_string();
    if (has_escape(key) && !unescape_key(key)) [[unlikely]]
      return false;
    return take(':');
  }

  bool is_inside(std::string_view key) const { return key.data() != key_.data(); }

  // Where the memory that holds a key ends, at the key's end or later.
  const char* readable(std::string_view key) const {
    return is_inside(key) ? text_end_ : key_.data() + key_.size();
  }

  // Reads a number, true, false or null, and what it is in the text.
  bool read_scalar(Value& value, std::string_view& source);
  // The same without its value.
  bool check_scalar(ValueKind& kind, std::string_view& source);

  // Checks the value that begins here and moves behind it.
  bool skip() {
    const char c = peek();
    return c == '{' || c == '[' ? skip_container() : c == '"' ? skip_string() : skip_scalar();
  }

 private:
  class Finder;

  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  std::string_view take_token() {
    const char* const begin = text_ + next_[0];
    const char* end = text_ + next_[1];
    ++next_;
    while (is_space(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  // A string with its quotes: behind the last one is only white space.
  std::string_view take_quoted() {
    const char* const begin = text_ + next_[0];
    const char* end = text_ + next_[1];
    ++next_;
    while (end[-1] != '"') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  static std::string_view inside_of(std::string_view quoted) {
    return {quoted.data() + 1, quoted.size() - 2};
  }
  std::string_view take_string() { return inside_of(take_quoted()); }
  // Strings are taken in the order of the text, and a backslash outside of one is an error.
  bool has_escape(std::string_view text) const { return text.data() + text.size() > next_escape_; }
  void find_escape(const char* from) {
    const void* found = std::memchr(from, '\\', static_cast<std::size_t>(text_end_ - from));
    next_escape_ = found != nullptr ? static_cast<const char*>(found) : text_end_;
  }
  bool unescape_key(std::string_view& key);
  // Makes `text` what it stands for, at `out`.
  bool unescape(std::string_view& text, char* out);

  bool skip_string() {
    if (text_ + next_[1] > next_escape_) [[unlikely]]
      return check_string();
    ++next_;
    return true;
  }
  bool skip_key() { return peek() == '"' && skip_string() && take(':'); }
  bool skip_scalar() {
    ValueKind ignored{};
    std::string_view source;
    return check_scalar(ignored, source);
  }
  bool skip_container();
  bool check_string();

  const std::size_t bytes_max_;
  const unsigned depth_max_;
  std::unique_ptr<Finder> finder_;
  std::string key_;  // a key or string without its escapes
  const char* text_ = nullptr;
  const char* text_end_ = nullptr;
  const char* next_escape_ = nullptr;    // the first backslash that no string has taken
  const std::uint32_t* next_ = nullptr;  // where tokens begin; behind the last, the text's size
  const std::uint32_t* end_ = nullptr;
  unsigned depth_ = 0;
};

}  // namespace millrace
