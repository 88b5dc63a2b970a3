// Every operator that this repository ships, in one visible list.
#pragma once

namespace millrace {

class Registry;

void add_builtin_operators(Registry& registry);

}  // namespace millrace
