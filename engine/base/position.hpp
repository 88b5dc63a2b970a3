// Where in the journal something happened.
#pragma once

#include <cstdint>

namespace millrace {

// The number of a journal record: dense, from 0, in the order of acceptance.
using Position = std::uint64_t;
inline constexpr Position kNoPosition = ~std::uint64_t{0};

}  // namespace millrace
