#include "engine/expression/lexer.hpp"

#include "engine/base/time.hpp"
#include "engine/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace millrace::expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool in_name(char c) { return starts_name(c) || is_digit(c); }

void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | ((point >> shift) & 0x3f));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else {
    out += static_cast<char>(0xe0 | (point >> 12));
    tail(6);
    tail(0);
  }
}

// Longest first, so that `<=` is not read as `<`. The second is the form that the parser knows.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> kSymbols = {{
    {"&&", "and"}, {"||", "or"}, {"==", "=="}, {"!=", "!="}, {"<=", "<="}, {">=", ">="},
    {"<", "<"},    {">", ">"},   {"!", "not"}, {"+", "+"},   {"-", "-"},   {"*", "*"},
    {"/", "/"},    {"%", "%"},   {"(", "("},   {")", ")"},   {"[", "["},   {"]", "]"},
    {",", ","},    {".", "."},   {"?", "?"},   {":", ":"},   {"=", "="},
}};
constexpr std::array<std::string_view, 5> kWords = {"and", "or", "not", "in", "where"};

}  // namespace

std::optional<Token> Lexer::next(Fault& fault) {
  while (at_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
    ++at_;
  Token token;
  token.offset = at_;
  if (at_ == text_.size()) return token;
  const char c = text_[at_];
  if (is_digit(c)) return read_number(std::move(token), fault);
  if (c == '"' || c == '\'') return read_string(std::move(token), fault);
  if (!starts_name(c)) return read_symbol(std::move(token), fault);
  while (at_ < text_.size() && in_name(text_[at_])) ++at_;
  token.length = at_ - token.offset;
  token.text = text_.substr(token.offset, token.length);
  token.kind = std::find(kWords.begin(), kWords.end(), token.text) != kWords.end()
                   ? TokenKind::kSymbol
                   : TokenKind::kName;
  return token;
}

std::optional<Token> Lexer::read_number(Token token, Fault& fault) {
  // `1e3` is a number and `1h3m` a duration: take all that could be either, then see which it is.
  std::size_t end = at_;
  while (end < text_.size() && in_name(text_[end])) {
    const bool exponent = (text_[end] == 'e' || text_[end] == 'E') && end + 2 < text_.size() &&
                          (text_[end + 1] == '+' || text_[end + 1] == '-') &&
                          is_digit(text_[end + 2]);
    end += exponent ? 2 : 1;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) ++end;
  }
  token.length = end - at_;
  token.text = text_.substr(at_, token.length);
  at_ = end;
  const char* last = token.text.data() + token.text.size();
  const auto [rest, error] = std::from_chars(token.text.data(), last, token.number);
  if (rest == last) {
    token.kind = TokenKind::kNumber;
    if (error == std::errc() && std::isfinite(token.number)) return token;
    fault = {token.offset, token.length, fmt::format("number {} is out of range", token.text), ""};
    return std::nullopt;
  }
  if (const auto duration = parse_duration(token.text)) {
    token.kind = TokenKind::kDuration;
    token.number = static_cast<double>(duration->count());
    return token;
  }
  fault = {token.offset,
           token.length,
           fmt::format("'{}' is neither a number nor a duration", token.text),
           "durations look like 30d, 1h30m or 250ms: w d h m s ms, largest first"};
  return std::nullopt;
}

std::optional<Token> Lexer::read_string(Token token, Fault& fault) {
  const char quote = text_[at_++];
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] == '\\') {
      if (!read_escape(token.unescaped, fault)) return std::nullopt;
    } else {
      token.unescaped += text_[at_++];
    }
  }
  if (at_ == text_.size()) {
    fault = {token.offset, at_ - token.offset, "string is not closed", ""};
    return std::nullopt;
  }
  ++at_;
  token.kind = TokenKind::kString;
  token.length = at_ - token.offset;
  token.text = text_.substr(token.offset, token.length);
  if (find_invalid_utf8(token.unescaped) == std::string_view::npos) return token;
  fault = {token.offset, token.length, "string is not UTF-8", ""};
  return std::nullopt;
}

bool Lexer::read_escape(std::string& out, Fault& fault) {
  static constexpr std::string_view kFrom = "nrt\\\"'/", kTo = "\n\r\t\\\"'/";
  const std::size_t start = at_++;
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  if (const auto which = kFrom.find(c); which != std::string_view::npos) {
    out += kTo[which];
    return true;
  }
  std::uint32_t point = 0;
  if (c == 'u' && text_.size() - at_ >= 4) {
    const char* first = text_.data() + at_;
    const auto [rest, error] = std::from_chars(first, first + 4, point, 16);
    if (error == std::errc() && rest == first + 4) {
      at_ += 4;
      append_utf8(out, point);
      return true;
    }
  }
  fault = {start,
           at_ - start,
           "unknown escape in string",
           "known are \\n \\r \\t \\\\ \\\" \\' \\/ and \\u0041"};
  return false;
}

std::optional<Token> Lexer::read_symbol(Token token, Fault& fault) {
  const std::string_view rest = text_.substr(at_);
  for (const auto& [written, plain] : kSymbols) {
    if (!rest.starts_with(written)) continue;
    token.kind = TokenKind::kSymbol;
    token.length = written.size();
    token.text = plain;
    at_ += written.size();
    return token;
  }
  const std::size_t length = std::max<std::size_t>(utf8_length(rest), 1);
  const bool printable = static_cast<unsigned char>(rest[0]) > 0x20 && utf8_length(rest) > 0;
  fault = {token.offset,
           length,
           printable ? fmt::format("unexpected character '{}'", rest.substr(0, length))
                     : fmt::format("unexpected byte 0x{:02x}", static_cast<unsigned char>(rest[0])),
           ""};
  return std::nullopt;
}

}  // namespace millrace::expression
