#include "connectors/builtin.hpp"

namespace millrace {

void add_builtin_connectors(Registry& registry) { add_file(registry); }

}  // namespace millrace
