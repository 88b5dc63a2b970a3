// The segment files of a journal: which there are, and how one is opened for reading.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/format.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

inline constexpr std::string_view kDamagedSuffix = ".damaged";
inline constexpr std::string_view kLockName = "lock";  // held by whoever writes

std::string segment_path(const std::string& directory, Position first);

// The first positions of the segments in `directory`, ascending.
Result<std::vector<Position>> list_segments(Files& files, const std::string& directory);

struct OpenSegment {
  std::unique_ptr<File> file;
  SegmentHeader header;
  std::uint64_t size = 0;
  HeaderState state = HeaderState::kGood;
  // Whether groups can be told from noise: the header is good, or the salt followed from a group.
  bool salted = true;
};

// A damaged header is not an error; one of a newer version is.
Result<OpenSegment> open_segment(Files& files, const std::string& directory, Position first);

// Whether `to` is more than `limit` after `from`; false when `from` is kNever, which is "not
// known".
bool longer_apart(Time from, Time to, Duration limit);

}  // namespace millrace
