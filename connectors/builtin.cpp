#include "connectors/builtin.hpp"

#include "connectors/file/file_sink.hpp"

namespace millrace {

void add_builtin_connectors(Registry& registry) { add_file(registry); }

}  // namespace millrace
