// Requests as the SDKs of each protocol send them, at the size that they send by default: what the
// protocols' bench decodes.
#pragma once

#include "tests/support/collecting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct Sample {
  std::string_view protocol;
  Asked asked;
  std::uint64_t events = 1;

  // What a decoder has to read.
  std::size_t bytes() const { return asked.body.size() + asked.target.size(); }
};

std::vector<Sample> protocol_samples();

// As many events of Segment's in as many bytes.
Sample segment_sample(const Sample& other);

}  // namespace millrace
