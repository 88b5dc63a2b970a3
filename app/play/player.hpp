// Plays simulated shoppers at a running server, at a rate that the server cannot slow down: an
// event is due when the rate says, and its latency counts from then on, also while it waits for a
// free connection (no coordinated omission: G. Tene, "How NOT to Measure Latency"). A batch is due
// with its last event, as an SDK that flushes when it has enough.
//
// What the server refuses for now (429, 5xx, no answer) is sent again, when it says so; messages
// have ids, so that nothing counts twice. One thread: whoever calls run().
#pragma once

#include "app/play/channel.hpp"
#include "app/simulate/generator.hpp"
#include "engine/metrics/histogram.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::play {

struct PlayOptions {
  simulate::SimulationOptions shop;
  double rate = 100;  // events a second
  std::uint32_t batch = 20;
  std::size_t body_max = std::size_t{400} << 10;  // of a batch
  std::uint32_t connections = 8;
  std::optional<Duration> duration;              // of the sending; nothing: until it is interrupted
  std::optional<std::uint64_t> events;           // at most
  Duration linger = Duration(100);               // a batch is sent then, full or not
  Duration patience = std::chrono::seconds(10);  // for the last answers
};

struct PlayTotals {
  std::uint64_t events = 0;        // made
  std::uint64_t acknowledged = 0;  // answered 200
  std::uint64_t refused = 0;       // answered 4xx: will not be sent again
  std::uint64_t lost = 0;          // not answered in the end, or too many waited
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  std::uint64_t bytes = 0;
  std::map<int, std::uint64_t> statuses;  // of requests; 0: no answer
  HistogramCells latency;                 // due until acknowledged, of requests, in nanoseconds
  HistogramCells waited;                  // due until sent first: what the player itself adds
  std::chrono::duration<double> sending{};
  std::string trouble;  // the last, in words
};

// One line of JSON.
std::string totals_json(const PlayTotals& totals, std::string_view to);
std::string totals_text(const PlayTotals& totals);

class Player {
 public:
  using MakeChannel = std::function<std::unique_ptr<Channel>(client::Loop&)>;

  Player(const PlayOptions& options, const MakeChannel& make_channel);

  // Until everything is sent, or `interrupted` says stop; both are asked a few times a second.
  void run(const std::function<bool()>& interrupted, const std::function<void()>& look_on);

  const PlayTotals& totals() const { return totals_; }

 private:
  using ParcelPtr = std::unique_ptr<Parcel>;
  struct Way {
    std::unique_ptr<Channel> channel;
    ParcelPtr parcel;  // in flight
  };

  Clock::time_point due_of(std::uint64_t event) const;
  void wake();
  void make_events(Clock::time_point now);
  bool make_event();
  void seal(Clock::time_point due);
  void send_waiting();
  void send(std::size_t way, ParcelPtr parcel);
  void answered(std::size_t way, const Outcome& outcome);
  void try_again(ParcelPtr parcel, Duration retry_after);
  void wake_later();
  bool all_done() const;

  const PlayOptions options_;
  client::Loop loop_;
  simulate::Generator generator_;
  std::vector<Way> ways_;
  std::vector<std::size_t> free_;  // ways without a parcel
  Clock::time_point start_;
  Time wall_start_{};
  ParcelPtr open_;  // being filled
  Clock::time_point open_since_;
  std::deque<ParcelPtr> waiting_;
  std::size_t waiting_bytes_ = 0;                      // of all that is not in flight
  std::multimap<Clock::time_point, ParcelPtr> later_;  // are sent again then
  bool made_all_ = false;
  PlayTotals totals_;
};

}  // namespace millrace::play
