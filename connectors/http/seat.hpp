// The place of an upgraded connection on its I/O thread and in the limits.
#pragma once

#include "connectors/http/connection_limits.hpp"
#include "connectors/http/io_thread.hpp"
#include "connectors/http/upgrade.hpp"

#include <functional>
#include <utility>

namespace millrace::http {

class ThreadSeat final : public Seat, public Session {
 public:
  ThreadSeat(IoThread& thread, ConnectionLimits::Lease lease)
      : thread_(thread), lease_(std::move(lease)) {
    thread_.add(*this);
  }
  ~ThreadSeat() override { thread_.remove(*this); }

  void on_stop(std::function<void(bool now)> stop) override { stop_ = std::move(stop); }
  void tick(Clock::time_point) override {}
  void stop(bool now) override {
    // A copy: it may destroy this seat.
    if (const auto stop = stop_) stop(now);
  }

 private:
  IoThread& thread_;
  ConnectionLimits::Lease lease_;
  std::function<void(bool now)> stop_;
};

}  // namespace millrace::http
