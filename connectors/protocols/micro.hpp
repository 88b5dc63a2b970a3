// What Snowplow's trackers sent lately, and what became of each event, served in the shape of
// Snowplow Micro's REST API (docs.snowplow.io, Micro): so that a site's tracking can be tested
// against a running server. A bounded number of events, in memory only.
//
//   GET|POST /micro/all    {"total":3,"good":2,"bad":1} since the last reset
//   GET|POST /micro/good   events, the newest first; filters schema, event_type, contexts, limit
//   GET|POST /micro/bad    refused ones with their errors; filters vendor, version, limit
//   GET|POST /micro/reset  forgets them
//
// Any thread.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::protocols {

struct MicroEvent {
  std::string raw;                      // as it came: one JSON object
  std::string event{};                  // as it is kept: one JSON object
  std::string error{};                  // why it is refused; empty: it is kept
  std::string vendor{}, version{};      // of the path
  std::string kind{}, schema{};         // of a kept one: "unstruct", "iglu:com.acme/..."
  std::vector<std::string> contexts{};  // schemas of its entities
};

class Micro {
 public:
  // Keeps so many of each sort.
  explicit Micro(std::size_t most) : most_(most) {}

  bool enabled() const { return most_ > 0; }
  void add(MicroEvent event);
  // Does nothing if it keeps none.
  void add_routes(http::Routes& routes);

 private:
  struct Sort {
    std::uint64_t seen = 0;
    std::deque<MicroEvent> last;  // the newest first
  };

  http::Response all();
  http::Response good(const http::Request& request);
  http::Response bad(const http::Request& request);
  http::Response reset();

  const std::size_t most_;
  std::mutex mutex_;
  Sort good_, bad_;
};

// What one request brings, until it is known what becomes of it.
class MicroNotes {
 public:
  using Parameters = std::span<const std::pair<std::string_view, std::string_view>>;

  // `micro` outlives the notes, `request` their making; null: nothing is noted.
  MicroNotes(Micro* micro,
             const http::Request& request,
             std::string_view vendor,
             std::string_view version);

  bool wanted() const { return micro_ != nullptr; }
  // The next event; whoever notes it says what it is, or why it is refused.
  MicroEvent& add(Parameters said);
  // Tells Micro, unless the sender is to come again.
  void publish(const admission::Outcome& outcome);

 private:
  Micro* micro_;
  std::string vendor_, version_;
  std::string around_;  // the members of a raw event that all of the request have
  std::vector<MicroEvent> events_;
};

}  // namespace millrace::protocols
