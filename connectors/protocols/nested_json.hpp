// Makes JSON of what came as dotted names: of a query or a form. Pure; any thread.
#pragma once

#include "connectors/protocols/mapping.hpp"

#include <string>
#include <vector>

namespace millrace::protocols {

// {"a.b", "1"}, {"a.c", "x"} -> {"a":{"b":…,"c":"x"}}, appended to `out`. Sorts the pairs. Below
// `properties` and `traits` a number without exponent of up to 15 digits is a number, and true and
// false are what they say; all else is text. Of two values at one place the last one counts, as
// JsonProjector reads them.
void write_nested_json(std::vector<Parameter>& pairs, std::string& out);

}  // namespace millrace::protocols
