// Requests as the SDKs of each protocol send them, at the size that they send by default: what the
// protocols' bench decodes.
#pragma once

#include "connectors/http/exchange.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

struct Sample {
  std::string_view protocol;
  http::Method method = http::Method::kPost;
  std::string target;
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::uint64_t events = 1;

  // What a decoder has to read.
  std::size_t bytes() const { return body.size() + target.size(); }
};

std::vector<Sample> protocol_samples();

// One of Segment with as many bytes as another.
Sample segment_sample(std::size_t bytes);

}  // namespace millrace
