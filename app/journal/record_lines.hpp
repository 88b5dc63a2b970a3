// Prints what a journal holds, for `millrace journal cat`. Reads the files as they are: it takes no
// lock, mends nothing, and may look at a journal in use.
#pragma once

#include "engine/base/file.hpp"
#include "engine/base/position.hpp"
#include "engine/journal/record.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace millrace {

struct RecordRange {
  Position from = 0;
  std::uint64_t limit = ~std::uint64_t{0};  // records
};

// Calls `take` with each record of the range, oldest first, as one line of JSON:
//   {"position":7,"kind":"hit","time":"…","source":"…","body":"…"}
//   {"position":8,"kind":"tick","time":"…"}
// and, where positions have no record, {"gap":9,"count":3}. False from `take` ends it. Damaged
// bytes are passed over: `millrace journal verify` tells of them.
Status print_records(Files& files,
                     const std::string& directory,
                     const RecordRange& range,
                     const std::function<bool(std::string_view line)>& take);

}  // namespace millrace
