#include "engine/config/pattern.hpp"

#include "engine/base/check.hpp"

#include <re2/re2.h>

namespace millrace::config {

bool matches(std::string_view text, std::string_view pattern) {
  const re2::RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  CHECK(compiled.ok());
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled);
}

}  // namespace millrace::config
