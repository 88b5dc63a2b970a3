// A JSON Schema checker for the keywords that our schemas use, for tests: documents are read as
// YAML, of which JSON is a part.
#pragma once

#include "engine/config/node.hpp"

#include <string>
#include <vector>

namespace millrace::testing {

// What the schema has against `value`, each with the path of the part: "/nodes/dedupe: …". A
// keyword that the checker does not know is a complaint too, so that none is passed over.
std::vector<std::string> schema_complaints(const config::Node& schema, const config::Node& value);

}  // namespace millrace::testing
