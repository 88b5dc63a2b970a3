// The conversation with one client of the collector, across its connections: which events it may
// still send, which wait for the journal, and which were accepted lately. No sockets.
//
// Events are acknowledged one by one, once the journal has them. A client that lost its connection
// takes up its session and sends again what was not acknowledged: what the journal has already is a
// duplicate, what is on its way there is waited for. So nothing is lost, and nothing doubled.
//
// Any thread; nothing blocks.
#pragma once

#include "connectors/websocket/id_window.hpp"
#include "connectors/websocket/message.hpp"
#include "engine/base/position.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::websocket {

// What became of events that were handed in together.
struct Fate {
  enum class Kind : std::uint8_t { kOk, kRejected, kRetry };
  Kind kind = Kind::kOk;
  Position position = kNoPosition;  // ok: of their record in the journal
  std::string reason;               // rejected, retry: a word
  std::string detail;               // rejected: a sentence
  std::chrono::seconds after{1};    // retry: when
};

struct SessionLimits {
  std::uint32_t credit = 500;  // events that are sent and not acknowledged
  std::size_t window = 1'000;  // accepted ids that are remembered
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::string token, std::string key, SessionLimits limits)
      : token_(std::move(token)), key_(std::move(key)), limits_(limits), accepted_(limits.window) {}

  const std::string& token() const { return token_; }
  const std::string& key() const { return key_; }

  // A connection that speaks for the client. Both are called under the session's lock.
  struct Peer {
    std::function<void(std::string message)> tell;
    std::function<void()> taken_over;
  };
  // Welcomes the client, and tells this connection from then on. Gives its number, for detach.
  std::uint64_t attach(Peer peer, bool resumed);
  // The connection is gone. False if another has taken its place.
  bool detach(std::uint64_t peer);

  // Hands a body with so many events to the journal; `done` is called once, at once or later.
  using Done = std::function<void(const Fate&)>;
  using Deliver = std::function<void(std::string body, std::size_t events, Done done)>;
  // Precondition: the message holds events.
  void take(const Message& message, const Deliver& deliver);

 private:
  class Acks;
  using Ids = std::vector<std::string>;

  // Answers at once what can be; the others' ids are given, and `keep` says which they are.
  Ids sort_out(const Message& message, std::vector<bool>& keep, Acks& acks);
  void answered(const Ids& ids, const Fate& fate);
  void tell(Acks& acks);

  const std::string token_;
  const std::string key_;
  const SessionLimits limits_;
  std::mutex mutex_;
  IdWindow accepted_;
  // On their way to the journal, and how many acknowledgements each is owed.
  std::map<std::string, std::uint32_t, std::less<>> pending_;
  std::int64_t credit_ = 0;  // what the connection may still send; below 0 while it is told off
  Peer peer_;
  std::uint64_t peers_ = 0;  // connections so far; the last one's number
};

}  // namespace millrace::websocket
