#include "operators/builtin.hpp"

#include "operators/ingest/ingest.hpp"

namespace millrace {

void add_builtin_operators(Registry& registry) { add_parse(registry); }

}  // namespace millrace
