// Text -> Ast. Any bytes are safe to give: what is too long or too deep is a Fault.
#pragma once

#include "engine/expression/ast.hpp"
#include "engine/expression/fault.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace millrace::expression {

inline constexpr std::size_t kTextMax = 64 * 1024;
inline constexpr int kDepthMax =
    64;  // of nested operators, calls, lists and parentheses; `and`, `or` chains are flat

std::variant<Ast, Fault> parse(std::string_view text);

}  // namespace millrace::expression
