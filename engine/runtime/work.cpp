#include "engine/runtime/work.hpp"

namespace millrace {

void Work::clear() {
  batch.clear();
  feed.clear();
  account = {};
  transfers.clear();
  for (LaneShare& share : shares) share.clear();
  epoch = profiles = 0;
  checkpoint = false;
  changes.changes.clear();
}

}  // namespace millrace
