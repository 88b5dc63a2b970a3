// The CDNOW purchases (69,659 purchases by 23,570 customers, 1997-1998), as rows and as Segment
// events. The data is not part of this repository: where it is missing there are no rows.
#pragma once

#include "engine/base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct CdnowPurchase {
  std::string customer;
  Time time{};          // midnight of the day
  std::string dollars;  // as it is written
};

// By day, and by the file's order within a day; empty if there is no file.
std::vector<CdnowPurchase> read_cdnow(const std::string& path);

// "Order Completed" events, one a line.
std::string cdnow_events(const std::vector<CdnowPurchase>& purchases);

}  // namespace millrace
