// The sessions that clients may take up again: those with a connection, and for a while those that
// lost theirs. Any thread.
#pragma once

#include "connectors/websocket/session.hpp"

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millrace::websocket {

class Sessions {
 public:
  using Clock = std::chrono::steady_clock;
  struct Limits {
    std::size_t most = 2'000;                                  // with and without a connection
    std::chrono::milliseconds kept = std::chrono::minutes(5);  // without one
    SessionLimits session;
  };
  explicit Sessions(Limits limits) : limits_(limits) {}

  struct Entered {
    std::shared_ptr<Session> session;  // shared with its connection and with the journal's answers;
                                       // null: there is no room
    std::uint64_t peer = 0;            // as Session::attach gives it
  };
  // A connection enters the session `resume` of that key, or a new one, and is welcomed.
  Entered enter(std::string_view resume,
                std::string_view key,
                Session::Peer peer,
                Clock::time_point now);
  void leave(const Entered& entered, Clock::time_point now);

  std::size_t size() const;

 private:
  std::shared_ptr<Session> find(std::string_view resume, std::string_view key);
  std::shared_ptr<Session> make(std::string_view key);

  struct Entry {
    std::shared_ptr<Session> session;
    std::list<std::string>::iterator idle;  // in idle_, or its end
    Clock::time_point left;
  };
  void forget(Clock::time_point now);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> all_;  // by token
  std::list<std::string> idle_;  // tokens of those without a connection; longest first
};

}  // namespace millrace::websocket
