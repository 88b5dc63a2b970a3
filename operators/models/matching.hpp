// The assignment problem: gives every row a column of its own so that the sum of costs is least.
#pragma once

#include <cstddef>
#include <vector>

namespace millrace {

// The column of each row. `costs` are rows of `columns` finite numbers; no more rows than columns.
// The Hungarian method with potentials (Kuhn, 1955; Munkres, 1957): rows² times columns steps.
std::vector<std::size_t> match(const std::vector<double>& costs, std::size_t columns);

}  // namespace millrace
