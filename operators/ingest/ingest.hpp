// The operators before identification, for operators/builtin.cpp.
#pragma once

namespace millrace {

class Registry;

void add_parse(Registry& registry);

}  // namespace millrace
