// What a topology may say, told from the registry: a JSON Schema for editors, a reference page, and
// the same for one operator. No I/O.
#pragma once

#include "engine/operator/registry.hpp"

#include <string>
#include <string_view>

namespace millrace {

// Every operator's name and summary, by stage.
std::string list_operators(const Registry& registry);
// One operator: its summary, its fields, an example with every default.
std::string describe_operator(const OperatorInfo& info);

// Of a whole topology file; of one operator's part of it.
std::string topology_schema(const Registry& registry);
std::string operator_schema(const OperatorInfo& info);

// The page that says everything, as Markdown; one operator's section of it.
std::string reference_page(const Registry& registry);
std::string reference_section(const OperatorInfo& info);

// Everything as one JSON object: a schema and the words around it, for each operator.
std::string registry_as_json(const Registry& registry);
std::string operator_as_json(const OperatorInfo& info);

}  // namespace millrace
