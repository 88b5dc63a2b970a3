// Cuts the text of an expression into tokens. Called by the parser only.
#pragma once

#include "engine/expression/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::expression {

enum class TokenKind : std::uint8_t { kEnd, kName, kNumber, kDuration, kString, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string_view text;  // as written; of a symbol, its plain form: `and` for `&&`, `or`, `not`
  std::string unescaped;  // strings only
  double number = 0;      // numbers; durations in milliseconds
};

class Lexer {
 public:
  // `text` outlives the lexer and its tokens.
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token; kEnd for ever at the end. On an error, nothing, and `fault` says what it is.
  std::optional<Token> next(Fault& fault);

 private:
  std::optional<Token> read_number(Token token, Fault& fault);
  std::optional<Token> read_string(Token token, Fault& fault);
  std::optional<Token> read_symbol(Token token, Fault& fault);
  bool read_escape(std::string& out, Fault& fault);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace millrace::expression
