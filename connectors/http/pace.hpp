// Whether a transfer is too slow: it has a grace, and from then on as much time as its bytes take
// at the least rate. So a slow line gets through, and one byte a minute does not hold a connection.
// Its time begins when it is first looked at, for reading a clock costs more than many a transfer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace millrace::http {

using Clock = std::chrono::steady_clock;

class Pace {
 public:
  Pace(std::chrono::milliseconds grace, std::uint64_t bytes_per_second)
      : grace_(grace), bytes_per_second_(bytes_per_second) {}

  void begin() { begun_.reset(); }
  bool late(Clock::time_point now, std::uint64_t bytes) {
    if (!begun_) begun_ = now;
    return now > *begun_ + grace_ + std::chrono::milliseconds(bytes * 1000 / bytes_per_second_);
  }

 private:
  std::chrono::milliseconds grace_;
  std::uint64_t bytes_per_second_;
  std::optional<Clock::time_point> begun_;
};

}  // namespace millrace::http
