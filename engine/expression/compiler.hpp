// Text -> Program: parses, checks names and types, and enters what it reads into the catalog.
#pragma once

#include "engine/expression/environment.hpp"
#include "engine/expression/fault.hpp"
#include "engine/expression/program.hpp"
#include "engine/expression/type.hpp"

#include <string_view>
#include <variant>

namespace millrace::expression {

using Compiled = std::variant<Program, Fault>;

// `expected` is the type that the place needs (kBool for a condition; kAny takes every type but a
// list).
Compiled compile(std::string_view text,
                 const Environment& environment,
                 Catalog& catalog,
                 Type expected = Type::kAny);

}  // namespace millrace::expression
