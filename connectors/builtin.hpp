// Every connector that this repository ships, in one visible list.
#pragma once

namespace millrace {

class Registry;

void add_builtin_connectors(Registry& registry);

}  // namespace millrace
