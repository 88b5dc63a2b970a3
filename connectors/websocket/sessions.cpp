#include "connectors/websocket/sessions.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"

#include <openssl/rand.h>

namespace millrace::websocket {
namespace {

// Whoever knows a token can take the session over, so that nobody must be able to guess it.
std::string make_token() {
  Hash128 random;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) == 1);
  return to_hex(random);
}

}  // namespace

// Attaches and detaches under the lock, so that a connection that leaves late does not make a
// session idle that another has entered.
Sessions::Entered Sessions::enter(std::string_view resume,
                                  std::string_view key,
                                  Session::Peer peer,
                                  Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  forget(now);
  Entered entered{find(resume, key)};
  const bool resumed = entered.session != nullptr;
  if (!resumed) entered.session = make(key);
  if (entered.session) entered.peer = entered.session->attach(std::move(peer), resumed);
  return entered;
}

void Sessions::leave(const Entered& entered, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  if (!entered.session->detach(entered.peer)) return;
  Entry& entry = all_.at(entered.session->token());
  entry.left = now;
  entry.idle = idle_.insert(idle_.end(), entered.session->token());
}

std::shared_ptr<Session> Sessions::find(std::string_view resume, std::string_view key) {
  const auto found = all_.find(std::string(resume));
  if (found == all_.end() || found->second.session->key() != key) return nullptr;
  Entry& entry = found->second;
  if (entry.idle != idle_.end()) idle_.erase(entry.idle);
  entry.idle = idle_.end();
  return entry.session;
}

std::shared_ptr<Session> Sessions::make(std::string_view key) {
  if (all_.size() >= limits_.most) {
    if (idle_.empty()) return nullptr;
    all_.erase(idle_.front());
    idle_.pop_front();
  }
  auto session = std::make_shared<Session>(make_token(), std::string(key), limits_.session);
  all_.emplace(session->token(), Entry{session, idle_.end(), {}});
  return session;
}

std::size_t Sessions::size() const {
  const std::scoped_lock lock(mutex_);
  return all_.size();
}

void Sessions::forget(Clock::time_point now) {
  while (!idle_.empty()) {
    const auto oldest = all_.find(idle_.front());
    if (now - oldest->second.left < limits_.kept) return;
    all_.erase(oldest);
    idle_.pop_front();
  }
}

}  // namespace millrace::websocket
