// What a client of the WebSocket collector says, read out of one message: docs/websocket.md.
//
// A decoder is used by one thread at a time. Everything that it gives points into the message or
// into the decoder, until the next message.
#pragma once

#include "engine/event/json_projector.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::websocket {

struct MessageLimits {
  std::size_t message_max = 64 * 1024;  // bytes
  std::size_t event_max = 32 * 1024;    // bytes
  std::uint32_t events_max = 500;       // of one message
  std::size_t id_max = 100;             // bytes
};

// Why a message or an event is refused for good.
struct Fault {
  std::string_view reason;  // a literal, a word to count by; empty: there is none
  std::string detail;
  std::size_t offset = 0;  // of the byte in the message
};

// An event as it stands in the message.
struct EventPart {
  std::string_view id;  // its messageId; empty if it has none that can be used
  std::string_view text;
  Fault fault;
};

struct Message {
  enum class Kind : std::uint8_t { kHello, kPing, kEvents };
  Kind kind = Kind::kEvents;
  std::string_view key;     // of hello
  std::string_view source;  // of hello; may be empty
  std::string_view resume;  // of hello: a session; may be empty
  std::vector<EventPart> events;
  std::string_view text;
};

class MessageDecoder {
 public:
  explicit MessageDecoder(MessageLimits limits);

  // False: see fault(). Precondition: no more bytes than message_max.
  bool decode(std::string_view text, Message& into);
  const Fault& fault() const { return fault_; }

 private:
  bool read_hello(Message& into);
  EventPart part(const JsonRow& row, std::string_view text) const;
  bool fail(std::string_view reason, std::string detail, std::size_t offset = 0);

  const MessageLimits limits_;
  JsonProjector projector_;
  Arena arena_;
  Fault fault_;
};

// The body of a hit with those events of the message for which `keep` has true, in their order: the
// message itself, with the others cut out of its list. Precondition: `keep` has one for each event.
std::string body_of(const Message& message, const std::vector<bool>& keep);

}  // namespace millrace::websocket
