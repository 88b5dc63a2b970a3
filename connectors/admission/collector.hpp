// What all collectors do with what they decoded: checks key, origin and rate, puts it into the
// journal with the facts of its receipt, and says what became of it. HTTP protocols and the
// WebSocket collector use it; it knows neither.
//
// Nothing is refused in silence. What can never be accepted becomes a journal record of its own
// (HitKind::kRefused), so that the sinks of rejects, the live stream and a replay all see it; the
// number of these is limited, since anybody may cause them, and what goes over it is counted. What
// the sender may try again is only counted.
//
// The write key does not enter the journal, though it is public: where the body holds it, it is
// overwritten by '*'. Nor does a client's address, but for the bits that the configuration keeps:
// neither the connection's nor one that a body says.
//
// Any thread.
#pragma once

#include "connectors/admission/address_mask.hpp"
#include "connectors/admission/collect_config.hpp"
#include "connectors/admission/keys.hpp"
#include "connectors/admission/places.hpp"
#include "connectors/http/exchange.hpp"
#include "engine/event/hit.hpp"
#include "engine/metrics/metrics.hpp"
#include "engine/operator/intake.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace::admission {

// Why something can never be accepted.
struct Refusal {
  int status = 400;
  std::string_view reason;  // a literal; a word to count by
  std::string detail;       // a sentence
};

struct RefusedEvent {
  Refusal refusal;
  std::string_view sample;  // the event as it was sent; its beginning is kept
};

// Events as a decoder found them. Views need to last for the call only.
struct Delivery {
  std::string_view protocol;    // as Hit::protocol
  std::string_view endpoint;    // as Hit::endpoint
  std::string_view write_key;   // as the sender gave it; empty: it gave none
  std::string_view body;        // what goes into the journal; empty: the key is asked for, no more
  std::string_view key_inside;  // the part of `body` that holds the write key; may be empty
  std::string_view cookie_id;   // of the visitor; may be empty
  std::uint64_t events = 1;     // as far as they were counted
  // Of the same request, what can never be accepted while the rest is: each gets a record. Where
  // there is no rest, the outcome is the first of them.
  std::span<const RefusedEvent> refused{};
};

struct Outcome {
  enum class Kind : std::uint8_t {
    kAccepted,  // it is in the journal, as durable as was asked for
    kRefused,   // never; the sender should not try again
    kLater,     // not now; the sender should try again
  };
  Kind kind = Kind::kAccepted;
  int status = 200;                     // as HTTP says it
  std::string_view reason;              // a literal; empty: accepted
  std::string detail;                   // a sentence
  Position position = kNoPosition;      // accepted: in the journal
  std::chrono::seconds retry_after{0};  // later: when
};

class Collector {
 public:
  // All of them outlive the collector, and it outlives every answer of the intake.
  Collector(CollectConfig config, Intake& intake, const KeyRing& keys, Metrics& metrics);

  // Called once, now or later, from any thread: must neither block nor throw.
  using Done = std::function<void(const Outcome&)>;

  // `request` is where the delivery came from; of a WebSocket, the one that opened it.
  void deliver(const http::Request& request, const Delivery& delivery, const Done& done);

  // For what a decoder cannot read: keeps a record of it, and gives the outcome. `protocol` is the
  // decoder's name, `body` what it could not read, of which the beginning is kept.
  Outcome refuse(const http::Request& request,
                 std::string_view protocol,
                 std::string_view body,
                 const Refusal& refusal);

  // Where addresses are looked up from now on.
  void locate_by(std::shared_ptr<const Places> places) { places_.replace(std::move(places)); }

  const CollectConfig& config() const { return config_; }
  const KeyRing& keys() const { return keys_; }
  Metrics& metrics() { return metrics_; }

 private:
  struct Judged {
    const WriteKey* key = nullptr;  // null: see `outcome`
    Outcome outcome;
  };
  Judged judge(const Keys& keys, const http::Request& request, const Delivery& delivery);
  Outcome later(std::string_view reason, std::string detail, std::chrono::seconds wait);
  // Whose refusal it is.
  struct Origin {
    std::string_view protocol;
    std::string_view source;  // empty: nobody knows
  };
  void record(const http::Request& request,
              const Origin& origin,
              const Refusal& refusal,
              std::string_view sample);
  Hit facts(const http::Request& request, std::string& address) const;
  void append_body(const Delivery& delivery, std::string& payload) const;

  const CollectConfig config_;
  const AddressMask mask_;
  PlacesNow places_;
  Intake& intake_;
  const KeyRing& keys_;
  Metrics& metrics_;
  RateLimit records_;  // of refusals
  Counter accepted_;
  Counter accepted_bytes_;
  Counter retried_;
  Counter unrecorded_;
};

}  // namespace millrace::admission
