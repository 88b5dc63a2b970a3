#include "connectors/websocket/collector.hpp"

#include "connectors/websocket/kept_request.hpp"
#include "engine/base/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace millrace::websocket {
namespace {

using Clock = Sessions::Clock;

Fate fate_of(const admission::Outcome& outcome) {
  using From = admission::Outcome::Kind;
  Fate fate;
  fate.kind = outcome.kind == From::kAccepted  ? Fate::Kind::kOk
              : outcome.kind == From::kRefused ? Fate::Kind::kRejected
                                               : Fate::Kind::kRetry;
  fate.position = outcome.position;
  fate.reason = outcome.reason;
  fate.detail = outcome.detail;
  fate.after = outcome.retry_after;
  return fate;
}

std::string rejection(const Fault& fault) {
  std::string text;
  JsonWriter json(text);
  json.object().key("type").value("rejected").key("reason").value(fault.reason);
  json.key("detail").value(fault.detail).key("offset").value(fault.offset).end();
  return text;
}

}  // namespace

// One connection, on its I/O thread. Held by its connection until that is closed.
class Collector::Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Collector& of, const http::Request& request) : of_(of), request_(request) {
    of_.connections_.add(1);
  }

  static void serve(Collector& of, const http::Request& request, http::Upgraded&& upgraded) {
    const auto client = std::make_shared<Client>(of, request);
    const auto connection = Connection::accept(
        std::move(upgraded),
        of.connection_limits_,
        {[client](std::string_view text) { client->take(text); }, [client] { client->closed(); }});
    client->connection_ = connection;
  }

 private:
  const http::Request& request() { return request_.at(of_.now_()); }

  void take(std::string_view text) {
    auto decoder = of_.borrow();
    Message message;
    if (decoder->decode(text, message))
      take(message);
    else
      refuse(text, decoder->fault());
    of_.give_back(std::move(decoder));
  }

  void take(const Message& message) {
    const bool hello = message.kind == Message::Kind::kHello;
    if (hello && entered_.session) return close(CloseCode::kPolicy, "second_hello");
    if (hello) return enter(message);
    if (!entered_.session) return close(CloseCode::kPolicy, "hello_expected");
    if (message.kind == Message::Kind::kPing) return tell(R"({"type":"pong"})");
    record_faults(message);
    entered_.session->take(
        message, [this](const std::string& body, std::size_t events, const Session::Done& done) {
          deliver(body, events, done);
        });
  }

  void enter(const Message& hello) {
    const auto keys = of_.admission_.keys().now();
    const auto* key = keys->find_write(hello.key);
    if (key == nullptr) return close(CloseCode::kPolicy, "unknown_key");
    if (!key->allows(request().header("Origin")))
      return close(CloseCode::kPolicy, "origin_not_allowed");
    if (!hello.source.empty() && hello.source != key->source)
      return close(CloseCode::kPolicy, "wrong_source");
    Session::Peer peer{[weak = connection_](std::string text) { tell(weak, std::move(text)); },
                       [weak = connection_] {
                         if (const auto connection = weak.lock())
                           connection->close(CloseCode::kTakenOver, "taken_over");
                       }};
    entered_ = of_.sessions_.enter(hello.resume, hello.key, std::move(peer), Clock::now());
    if (!entered_.session) close(CloseCode::kTryLater, "too_many_sessions");
  }

  void deliver(const std::string& body, std::size_t events, const Session::Done& done) {
    admission::Delivery delivery;
    delivery.protocol = "websocket";
    delivery.write_key = entered_.session->key();
    delivery.body = body;
    delivery.events = events;
    of_.admission_.deliver(
        request(), delivery, [done](const admission::Outcome& outcome) { done(fate_of(outcome)); });
  }

  // What can never be accepted leaves a record, whoever sent it.
  void record(std::string_view text, const Fault& fault) {
    of_.admission_.refuse(request(), "websocket", text, {400, fault.reason, fault.detail});
  }
  void record_faults(const Message& message) {
    for (const auto& event : message.events)
      if (!event.fault.reason.empty()) record(event.text, event.fault);
  }
  void refuse(std::string_view text, const Fault& fault) {
    of_.unreadable_.add();
    if (!entered_.session) return close(CloseCode::kPolicy, "hello_expected");
    record(text, fault);
    tell(rejection(fault));
  }

  static void tell(const std::weak_ptr<Connection>& to, std::string text) {
    const auto connection = to.lock();
    if (connection && !connection->write(std::move(text)))
      connection->close(CloseCode::kTryLater, "too_slow");
  }
  void tell(std::string text) { tell(connection_, std::move(text)); }
  void close(CloseCode code, std::string_view reason) {
    if (const auto connection = connection_.lock()) connection->close(code, reason);
  }

  void closed() {
    of_.connections_.add(-1);
    if (entered_.session) of_.sessions_.leave(entered_, Clock::now());
  }

  Collector& of_;
  KeptRequest request_;
  std::weak_ptr<Connection> connection_;
  Sessions::Entered entered_;
};

Collector::Collector(const CollectorConfig& config,
                     admission::Collector& admission,
                     std::function<Time()> now)
    : message_limits_{config.message_max.bytes, config.event_max.bytes, config.message_events_max},
      connection_limits_{.message_max = config.message_max.bytes,
                         .silence = config.silence_max,
                         .first_message = config.hello_within},
      admission_(admission),
      now_(std::move(now)),
      sessions_({config.sessions_max,
                 config.resume_within,
                 {config.credit, std::max(config.window, config.credit)}}),
      connections_(admission.metrics().gauge("websocket_connections",
                                             "Open connections of the WebSocket collector.")),
      unreadable_(admission.metrics().counter("websocket_unreadable_messages",
                                              "Messages that were not of the protocol.")) {}

void Collector::add_routes(http::Routes& routes) {
  routes.add({.method = http::Method::kGet,
              .pattern = "/v1/ws",
              .right = http::Right::kWrite,
              .summary = "Takes events in by WebSocket.",
              .upgrade = [this](const http::Request& request, http::Upgraded&& upgraded) {
                Client::serve(*this, request, std::move(upgraded));
              }});
}

std::unique_ptr<MessageDecoder> Collector::borrow() {
  {
    const std::scoped_lock lock(mutex_);
    if (!decoders_.empty()) {
      auto decoder = std::move(decoders_.back());
      decoders_.pop_back();
      return decoder;
    }
  }
  return std::make_unique<MessageDecoder>(message_limits_);
}

void Collector::give_back(std::unique_ptr<MessageDecoder> decoder) {
  const std::scoped_lock lock(mutex_);
  decoders_.push_back(std::move(decoder));
}

}  // namespace millrace::websocket
