#include "connectors/client/loop.hpp"

#include "connectors/client/wire.hpp"

#include <boost/asio/steady_timer.hpp>

namespace millrace::client {

Loop::Loop() : state_(std::make_unique<State>()) {}
Loop::~Loop() = default;

void Loop::run(const std::function<bool()>& enough) {
  state_->io.restart();
  if (!enough) state_->io.run();
  while (!state_->io.stopped() && !enough()) state_->io.run_for(std::chrono::milliseconds(100));
}

void Loop::stop() { state_->io.stop(); }

void Loop::at(Clock::time_point time, std::function<void()> task) {
  auto timer = std::make_unique<asio::steady_timer>(state_->io, time);
  asio::steady_timer& waiting = *timer;
  waiting.async_wait([timer = std::move(timer), task = std::move(task)](const Failure& failure) {
    if (!failure) task();
  });
}

}  // namespace millrace::client
