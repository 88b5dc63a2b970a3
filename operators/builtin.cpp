#include "operators/builtin.hpp"

namespace millrace {

void add_builtin_operators(Registry& /*registry*/) {}

}  // namespace millrace
