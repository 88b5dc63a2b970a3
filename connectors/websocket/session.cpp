#include "connectors/websocket/session.hpp"

#include "engine/base/json_writer.hpp"

#include <utility>

namespace millrace::websocket {

// An "ack" message: how each of some events fared, and the credit that they give back.
class Session::Acks {
 public:
  void ok(std::string_view id, Position position) {
    begin(id, "ok").key("position").value(position).end();
  }
  void duplicate(std::string_view id) { begin(id, "duplicate").end(); }
  void rejected(std::string_view id, const Fate& fate) {
    begin(id, "rejected").key("reason").value(fate.reason).key("detail").value(fate.detail).end();
  }
  void rejected(std::size_t index, const EventPart& part) {
    JsonWriter& json = part.id.empty() ? item() : begin(part.id, "rejected");
    if (part.id.empty()) json.key("index").value(index).key("status").value("rejected");
    json.key("reason").value(part.fault.reason).key("detail").value(part.fault.detail);
    json.key("offset").value(part.fault.offset).end();
  }
  void retry(std::string_view id, std::string_view reason, std::chrono::seconds after) {
    begin(id, "retry").key("reason").value(reason).key("after").value(after.count()).end();
  }

  std::uint32_t count() const { return count_; }
  std::string message(std::uint32_t credit) {
    json_.end().key("credit").value(credit).end();
    return std::move(text_);
  }

 private:
  JsonWriter& item() {
    if (count_++ == 0) json_.object().key("type").value("ack").key("acks").array();
    return json_.object();
  }
  JsonWriter& begin(std::string_view id, std::string_view status) {
    return item().key("id").value(id).key("status").value(status);
  }

  std::string text_;
  JsonWriter json_{text_};
  std::uint32_t count_ = 0;
};

std::uint64_t Session::attach(Peer peer, bool resumed) {
  const std::scoped_lock lock(mutex_);
  if (peer_.taken_over) peer_.taken_over();
  peer_ = std::move(peer);
  // What is on its way is acknowledged to this connection, once each.
  for (auto& [id, owed] : pending_) owed = 1;
  credit_ = static_cast<std::int64_t>(limits_.credit) - static_cast<std::int64_t>(pending_.size());
  std::string text;
  JsonWriter json(text);
  json.object().key("type").value("welcome").key("session").value(token_);
  json.key("resumed").value(resumed).key("credit").value(credit_).end();
  peer_.tell(std::move(text));
  return ++peers_;
}

bool Session::detach(std::uint64_t peer) {
  const std::scoped_lock lock(mutex_);
  if (peer != peers_) return false;
  peer_ = {};
  return true;
}

void Session::take(const Message& message, const Deliver& deliver) {
  std::vector<bool> keep(message.events.size());
  Ids ids;
  {
    const std::scoped_lock lock(mutex_);
    Acks acks;
    ids = sort_out(message, keep, acks);
    tell(acks);
  }
  if (ids.empty()) return;
  const auto events = ids.size();
  deliver(body_of(message, keep),
          events,
          [self = shared_from_this(), ids = std::move(ids)](const Fate& fate) {
            self->answered(ids, fate);
          });
}

Session::Ids Session::sort_out(const Message& message, std::vector<bool>& keep, Acks& acks) {
  Ids ids;
  const auto& events = message.events;
  const auto cost = static_cast<std::int64_t>(events.size());
  const bool overdrawn = cost > credit_;
  credit_ -= cost;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto id = events[i].id;
    if (!events[i].fault.reason.empty()) {
      acks.rejected(i, events[i]);
    } else if (overdrawn) {
      acks.retry(id, "no_credit", std::chrono::seconds(1));
    } else if (accepted_.contains(id)) {
      acks.duplicate(id);
    } else if (const auto on_its_way = pending_.find(id); on_its_way != pending_.end()) {
      ++on_its_way->second;
    } else {
      pending_.emplace(id, 1);
      ids.emplace_back(id);
      keep[i] = true;
    }
  }
  return ids;
}

void Session::answered(const Ids& ids, const Fate& fate) {
  const std::scoped_lock lock(mutex_);
  Acks acks;
  for (const auto& id : ids) {
    const auto owed = pending_.extract(id).mapped();
    if (fate.kind == Fate::Kind::kOk) accepted_.add(id);
    for (std::uint32_t i = 0; i < owed; ++i) {
      if (fate.kind == Fate::Kind::kRejected)
        acks.rejected(id, fate);
      else if (fate.kind == Fate::Kind::kRetry)
        acks.retry(id, fate.reason, fate.after);
      else if (i == 0)
        acks.ok(id, fate.position);
      else
        acks.duplicate(id);
    }
  }
  tell(acks);
}

void Session::tell(Acks& acks) {
  if (acks.count() == 0) return;
  credit_ += acks.count();
  if (peer_.tell) peer_.tell(acks.message(acks.count()));
}

}  // namespace millrace::websocket
