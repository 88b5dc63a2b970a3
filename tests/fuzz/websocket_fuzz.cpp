// Any bytes as messages of a client of the WebSocket collector, a line each: every event is
// acknowledged once, and what goes into the journal is JSON that holds what was acknowledged.
#include "connectors/websocket/message.hpp"
#include "connectors/websocket/session.hpp"
#include "engine/base/check.hpp"
#include "engine/event/json_check.hpp"

#include <algorithm>
#include <memory>

namespace millrace::websocket {
namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

void converse(std::string_view input) {
  static MessageDecoder decoder({.message_max = 1 << 20, .event_max = 512, .events_max = 64});
  const auto session =
      std::make_shared<Session>("token", "key", SessionLimits{.credit = 16, .window = 8});
  std::size_t acks = 0;
  session->attach({[&](const std::string& text) {
                     CHECK(!find_json_fault(text, 64));
                     acks += count(text, R"("status":)");
                   },
                   [] {}},
                  false);
  std::size_t events = 0;
  std::uint32_t writes = 0;
  const Session::Deliver deliver = [&](const std::string& body, std::size_t, const auto& done) {
    CHECK(!find_json_fault(body, 64));
    Fate fate;
    fate.kind = static_cast<Fate::Kind>(writes++ % 3);
    done(fate);
  };
  while (!input.empty()) {
    const auto line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    Message message;
    if (!decoder.decode(line, message)) {
      CHECK(!decoder.fault().reason.empty() && decoder.fault().offset <= line.size());
      continue;
    }
    if (message.kind != Message::Kind::kEvents) continue;
    CHECK(!message.events.empty());
    events += message.events.size();
    session->take(message, deliver);
  }
  // An id may hold the text that is counted.
  CHECK(acks >= events);
}

}  // namespace
}  // namespace millrace::websocket

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64 * 1024) return 0;
  millrace::websocket::converse({reinterpret_cast<const char*>(data), size});
  return 0;
}
