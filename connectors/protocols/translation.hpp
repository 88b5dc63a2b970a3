// A request's events on their way into one Segment-spec batch: what every decoder does whose
// protocol is not Segment's own. One a request, on its I/O thread.
//
//   Translation made(bench);
//   for (...) { SpecEvent& event = made.begin(); ...; made.keep(source); }
//   return made.finish(write_key);
#pragma once

#include "connectors/protocols/dialect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::protocols {

// Reads what the request holds as one JSON list or object, into bench.tree: Workbench::read.
std::optional<Refusal> read_json(const http::Request& request, Workbench& bench);

// The node, if it is an object; else nothing, whose members are none.
inline JsonNode members_of(JsonNode node) { return node.is(JsonKind::kObject) ? node : JsonNode(); }

// A parameter of the query as JSON: a number where it is a plain one, else a text. Empty if there
// is none.
std::string_view parameter_json(const http::Request& request,
                                std::string_view name,
                                Workbench& bench);

// The key that an event brings, into bench.key, which nobody has set otherwise. A refusal if it is
// not the key of the events before.
std::optional<Refusal> note_key(std::string_view key, Workbench& bench);

// The same of a list whose events each bring it.
std::optional<Refusal> find_one_key(JsonNode events,
                                    std::string_view (*key_of)(JsonNode),
                                    Workbench& bench);

// Masks an address that the sender tells, for context.ip. Nothing if it is none.
void put_address(std::string_view address, Workbench& bench, SpecEvent& event);

class Translation {
 public:
  explicit Translation(Workbench& bench);

  // The next event, without anything yet; what was begun before and not kept is forgotten.
  SpecEvent& begin();
  // Puts it into the batch, or refuses it if it is too large. `source` is the event as it was sent.
  // False: it was refused.
  bool keep(std::string_view source);
  // An event that can never be accepted.
  void refuse(std::string_view reason, std::string detail, std::string_view source);

  // When the request was sent, by the sender's clock: one JSON value, of any form that the spec
  // allows.
  void sent_at(std::string_view json) { sent_at_ = json; }

  // Whether the request has more events, or makes more bytes, than allowed, so that it will be
  // refused whatever else is in it: small requests that make much of little end here.
  bool full() const;
  std::size_t kept() const { return kept_; }
  const std::vector<RefusedEvent>& refused() const { return refused_; }

  // Of the whole request. Refused if it has more events, or makes more bytes, than allowed.
  Reading finish(std::string_view write_key);

 private:
  Workbench& bench_;
  std::string_view sent_at_;
  std::size_t kept_ = 0;
  std::vector<RefusedEvent> refused_;
};

}  // namespace millrace::protocols
