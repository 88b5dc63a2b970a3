// What a running engine tells: profiles, segments, members, and what happens as it happens. The
// serving connectors include this and know nothing of lanes.
//
// Any thread may call any function at any time. Callbacks are called once unless said otherwise, on
// a thread of the engine or of the caller: they must neither block nor throw.
#pragma once

#include "engine/base/result.hpp"
#include "engine/operator/output_record.hpp"
#include "engine/operator/profile_view.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct SegmentSize {
  std::string name;
  std::int64_t members = 0;
};

struct SegmentMember {
  ProfileId profile = kNoProfile;
  Time since{};
};

struct MembersPage {
  std::vector<SegmentMember> members;  // by profile
  std::optional<ProfileId> next;       // where the next page begins; none: this was the last
};

// A sink with an outbox. Counts since the engine started, the rest as of now.
struct SinkState {
  std::string name;
  std::uint64_t pending = 0;  // outputs that the receiver does not have yet
  std::uint64_t pending_bytes = 0;
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;       // attempts that failed and come again
  std::uint64_t dead_letters = 0;  // outputs refused or given up for good
  std::uint64_t dropped = 0;       // from a full outbox
  bool paused = false;             // the receiver failed too often in a row
  std::string disabled;            // why the receiver wants nothing more; empty: it does not say so
  std::string last_failure;        // of an attempt; empty: none failed
};

// An output that its receiver refused for good.
struct DeadLetterView {
  std::uint64_t sequence = 0;  // of the sink's outputs
  std::string id;
  Time time{};  // of the output
  Time given_up{};
  std::uint32_t attempts = 0;
  std::string reason;
  std::string body;  // as it was sent
};

// What happened at one place of the journal, told to those who listen.
struct LiveOutput {
  Position position = 0;
  std::string json;       // as write_output() or write_reject() gives it
  std::string_view kind;  // a literal: "enter", "exit", "effect" or "reject"
  std::string segment;    // entered or left; else empty
  ProfileId profile = kNoProfile;
};

// Stops listening when it is destroyed; no call comes after that.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

class Queries {
 public:
  virtual ~Queries() = default;

  // The profile that has an identifier such as `user_id:42`, or a profile's own text
  // (profile_text); nothing if nobody knows it. Waits until everything before `after` is processed.
  // Fault::kBusy: that did not happen in time, or the engine is stopping.
  using ProfileDone = std::function<void(Result<std::optional<ProfileView>>)>;
  virtual void profile(std::string id, Position after, ProfileDone done) = 0;

  virtual std::vector<SegmentSize> segments() const = 0;
  // As the topology has them now: another may take its place while the engine runs.
  virtual std::vector<std::string> segment_names() const = 0;
  // At most `limit` members from `from` on. Fault::kMissing: there is no such segment.
  virtual Result<MembersPage> members(std::string_view segment,
                                      ProfileId from,
                                      std::size_t limit) const = 0;

  virtual std::vector<SinkState> sinks() const = 0;
  // At most `limit` dead letters of a sink, oldest first, from sequence `from` on. Fault::kMissing:
  // there is no such sink, or it has no outbox.
  virtual Result<std::vector<DeadLetterView>> dead_letters(std::string_view sink,
                                                           std::uint64_t from,
                                                           std::size_t limit) const = 0;
  // A sink whose receiver wanted nothing more is to try again. Fault::kMissing as above.
  virtual Status enable_sink(std::string_view sink) = 0;

  // One past the newest record that is processed.
  virtual Position processed() const = 0;

  // Calls `listen` with everything that happens from position `from` on, by position and within one
  // in an order that is always the same. What lies further back than the engine remembers is left
  // out; `missed` then says so by the first position that was still there, whole.
  using Listen = std::function<void(const LiveOutput&)>;
  struct Listening {
    std::unique_ptr<Subscription> subscription;
    std::optional<Position> missed;
  };
  virtual Listening listen(Position from, Listen listen) = 0;
};

}  // namespace millrace
