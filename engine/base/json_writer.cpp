#include "engine/base/json_writer.hpp"

#include "engine/base/check.hpp"
#include "engine/base/sixteen.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
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

// Whether eight characters are plain, by arithmetic on their bits
// (graphics.stanford.edu/~seander/bithacks.html, "Determine if a word has a byte less than n").
bool are_plain(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x80 * kOnes;
  const auto has_zero = [](std::uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  return ((word & kHighs) | ((word - 0x20 * kOnes) & ~word & kHighs) |
          has_zero(word ^ ('"' * kOnes)) | has_zero(word ^ ('\\' * kOnes))) == 0;
}

bool are_plain(Sixteen text) {
  using Signed = signed char __attribute__((vector_size(16)));
  // What is not ASCII is less than 0.
  const auto low = reinterpret_cast<Signed>(text) < 0x20;
  return !any_of_sixteen(low | (text == '"') | (text == '\\'));
}

// Copies a word where all of it is plain.
template <class Word>
bool copied_plain(const char* from, char* out) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  if (!are_plain(word)) return false;
  std::memcpy(out, &word, sizeof word);
  return true;
}

// Copies the plain characters that `text` begins with, and takes them off. What is left over behind
// whole words is looked at once more with what is before it.
char* write_plain(char* out, std::string_view& text) {
  const char* from = text.data();
  const char* const end = from + text.size();
  const auto rest_is_copied = [&]<class Word>(Word) {
    const auto left = static_cast<std::ptrdiff_t>(end - from);
    constexpr auto kSize = static_cast<std::ptrdiff_t>(sizeof(Word));
    if (left > 0 && !copied_plain<Word>(end - kSize, out + left - kSize)) return false;
    text = {};
    out += left;
    return true;
  };
  if (text.size() >= 16) {
    while (end - from >= 16 && copied_plain<Sixteen>(from, out)) {
      from += 16;
      out += 16;
    }
    if (end - from < 16 && rest_is_copied(Sixteen{})) return out;
  } else if (text.size() >= 8 && copied_plain<std::uint64_t>(from, out)) {
    from += 8;
    out += 8;
    if (rest_is_copied(std::uint64_t{})) return out;
  }
  if (text.size() >= 4 && text.size() < 8) {
    std::uint32_t halves[2];
    std::memcpy(&halves[0], from, 4);
    std::memcpy(&halves[1], end - 4, 4);
    if (are_plain(halves[0] | std::uint64_t{halves[1]} << 32)) {
      std::memcpy(out, &halves[0], 4);
      std::memcpy(out + text.size() - 4, &halves[1], 4);
      out += text.size();
      text = {};
      return out;
    }
  }
  while (from != end && is_plain(*from)) *out++ = *from++;
  text.remove_prefix(static_cast<std::size_t>(from - text.data()));
  return out;
}

// What JSON has no letter for, and control characters.
char* write_escaped(char* out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  *out++ = '\\';
  if (const auto at = kPlain.find(c); at != std::string_view::npos) {
    *out++ = kLetters[at];
    return out;
  }
  const auto byte = static_cast<unsigned char>(c);
  for (const char digit : {'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}) *out++ = digit;
  return out;
}

// A character that is not plain, of `text` that begins with it, and takes it off.
char* write_other(char* out, std::string_view& text) {
  std::size_t taken = 1;
  if (static_cast<unsigned char>(text[0]) < 0x80) {
    out = write_escaped(out, text[0]);
  } else {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    const auto length = utf8_length(text);
    taken = std::max(length, std::size_t{1});
    const std::string_view written = length > 0 ? text.substr(0, length) : kReplacement;
    out = std::copy(written.begin(), written.end(), out);
  }
  text.remove_prefix(taken);
  return out;
}

}  // namespace

char* write_json_string(char* out, std::string_view text) {
  *out++ = '"';
  while (true) {
    out = write_plain(out, text);
    if (text.empty()) break;
    out = write_other(out, text);
  }
  *out++ = '"';
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::size_t kShort = 64;
  if (text.size() <= kShort) {
    std::array<char, json_string_max(kShort)>
        written;  // NOLINT(cppcoreguidelines-pro-type-member-init): as far as it is read
    out.append(written.data(), write_json_string(written.data(), text));
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + json_string_max(text.size()));
  const char* const end = write_json_string(out.data() + before, text);
  out.resize(static_cast<std::size_t>(end - out.data()));
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
