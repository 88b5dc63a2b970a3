// What a topology may say, told from the registry: a JSON Schema for editors, a reference page, and
// the same for one operator or section. No I/O.
#pragma once

#include "engine/operator/registry.hpp"

#include <string>
#include <string_view>

namespace millrace {

// The names and summaries of all operators, by stage, and of all sections.
std::string list_operators(const Registry& registry);
// Its summary, its fields, an example with every default.
std::string describe_operator(const OperatorInfo& info);
std::string describe_section(const SectionInfo& info);

// Of a whole topology file; of one node or section of it.
std::string topology_schema(const Registry& registry);
std::string operator_schema(const OperatorInfo& info);
std::string section_schema(const SectionInfo& info);

// The page that says everything, as Markdown; one part of it.
std::string reference_page(const Registry& registry);
std::string reference_section(const OperatorInfo& info);
std::string reference_section(const SectionInfo& info);

// Everything as one JSON object: a schema and the words around it, for each operator.
std::string registry_as_json(const Registry& registry);
std::string operator_as_json(const OperatorInfo& info);
std::string section_as_json(const SectionInfo& info);

}  // namespace millrace
