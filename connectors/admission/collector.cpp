#include "connectors/admission/collector.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::admission {
namespace {

constexpr std::size_t kSampleMax = 256;
constexpr std::size_t kAgentMax = 512;
// So that an address where a sample ends is seen as one: its key, and 45 characters.
constexpr std::size_t kAddressMax = 64;

// Ten seconds' worth at once: a page with a mistake in it sends many at a time.
constexpr double kRefusalBurst = 10;

// Snowplow's trackers ask by this header that nothing be kept by which they could be known again.
bool is_anonymous(const http::Request& request) { return !request.header("sp-anonymous").empty(); }

std::string_view cut(std::string_view text, std::size_t size) { return text.substr(0, size); }

Outcome refused(const Refusal& refusal) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::kRefused;
  outcome.status = refusal.status;
  outcome.reason = refusal.reason;
  outcome.detail = refusal.detail;
  return outcome;
}

Refusal unknown_key(std::string_view key) {
  if (key.empty()) return {401, "missing_key", "no write key, in no place where this API puts it"};
  // Enough to find the page that sends it, and not enough to use a secret that was put there.
  return {401, "unknown_key", fmt::format("nobody knows the write key {}...", cut(key, 4))};
}

}  // namespace

Collector::Collector(CollectConfig config, Intake& intake, const KeyRing& keys, Metrics& metrics)
    : config_(std::move(config)),
      mask_{config_.ipv4_bits, config_.ipv6_bits},
      intake_(intake),
      keys_(keys),
      metrics_(metrics),
      records_(config_.refusals_recorded.per_second,
               config_.refusals_recorded.per_second * kRefusalBurst),
      accepted_(metrics.counter("collector_requests", "Requests that are in the journal.")),
      accepted_bytes_(metrics.counter("collector_body_bytes", "Bytes of bodies in the journal.")),
      retried_(metrics.counter("collector_retries", "Requests that said they were sent before.")),
      unrecorded_(metrics.counter("collector_unrecorded_refusals",
                                  "Refusals without a record, because there were too many.")) {}

Hit Collector::facts(const http::Request& request, std::string& address) const {
  address = is_anonymous(request) ? std::string() : mask_address(request.address, mask_);
  Hit hit;
  hit.received = request.received;
  hit.address = address;
  hit.user_agent = cut(request.header("user-agent"), kAgentMax);
  hit.do_not_track = request.header("dnt") == "1";
  hit.privacy_control = request.header("sec-gpc") == "1";
  return hit;
}

Collector::Judged Collector::judge(const Keys& keys,
                                   const http::Request& request,
                                   const Delivery& delivery) {
  const WriteKey* key = keys.find_write(delivery.write_key);
  if (key == nullptr) {
    const Refusal refusal = unknown_key(delivery.write_key);
    record(request, {delivery.protocol, {}}, refusal, {});
    return {nullptr, refused(refusal)};
  }
  const std::string_view origin = request.header("origin");
  if (!key->allows(origin)) {
    const Refusal refusal{
        403, "origin_not_allowed", fmt::format("the key is not for pages of {}", cut(origin, 128))};
    record(request, {delivery.protocol, key->source}, refusal, {});
    return {nullptr, refused(refusal)};
  }
  const auto now = RateLimit::Clock::now();
  if (!key->limit.take(delivery.events, now))
    return {nullptr,
            later("rate_limited",
                  fmt::format("more events of {} than its rate", key->source),
                  key->limit.wait(now))};
  return {key, {}};
}

void Collector::deliver(const http::Request& request, const Delivery& delivery, const Done& done) {
  const std::string_view retries = request.header("x-retry-count");
  if (!retries.empty() && retries != "0") retried_.add();

  const auto keys = keys_.now();
  const auto [key, outcome] = judge(*keys, request, delivery);
  if (key == nullptr) return done(outcome);
  for (const auto& [refusal, sample] : delivery.refused)
    record(request, {delivery.protocol, key->source}, refusal, sample);
  if (delivery.body.empty())
    return done(delivery.refused.empty() ? Outcome{} : refused(delivery.refused.front().refusal));

  std::string address;
  Hit hit = facts(request, address);
  hit.protocol = delivery.protocol;
  hit.source = key->source;
  hit.cookie_id = delivery.cookie_id;
  hit.endpoint = delivery.endpoint;
  const auto places = places_.now();
  std::string asn;
  if (places && !is_anonymous(request)) hit.location = places->find(request.address, asn);
  std::string payload;
  payload.reserve(delivery.body.size() + hit.user_agent.size() + 128);
  encode_hit(hit, payload);
  append_body(delivery, payload);

  const auto wait = std::chrono::duration_cast<std::chrono::seconds>(config_.retry_after);
  const std::size_t size = delivery.body.size();
  const bool offered = intake_.offer(
      std::move(payload), hit.received, [this, done, size, wait](const Result<Position>& at) {
        if (!at) {
          const bool full = at.error().fault == Fault::kFull;
          return done(later(full ? "disk_full" : "journal_failed", at.error().what, wait));
        }
        accepted_.add();
        accepted_bytes_.add(size);
        Outcome accepted;
        accepted.position = *at;
        done(accepted);
      });
  if (!offered) done(later("overloaded", "there is no room for more at the moment", wait));
}

// The body ends the payload.
void Collector::append_body(const Delivery& delivery, std::string& payload) const {
  const std::string_view key = delivery.key_inside;
  const auto until = key.empty() ? delivery.body.size()
                                 : static_cast<std::size_t>(key.data() - delivery.body.data());
  append_masked(delivery.body.substr(0, until), mask_, payload);
  payload.append(key.size(), '*');
  append_masked(delivery.body.substr(until + key.size()), mask_, payload);
}

Outcome Collector::refuse(const http::Request& request,
                          std::string_view protocol,
                          std::string_view body,
                          const Refusal& refusal) {
  record(request, {protocol, {}}, refusal, body);
  return refused(refusal);
}

Outcome Collector::later(std::string_view reason, std::string detail, std::chrono::seconds wait) {
  metrics_
      .counter("collector_deferrals",
               "Requests that were told to come again later, by reason.",
               {{"reason", std::string(reason)}})
      .add();
  Outcome outcome;
  outcome.kind = Outcome::Kind::kLater;
  outcome.status = 503;
  outcome.reason = reason;
  outcome.detail = std::move(detail);
  outcome.retry_after = wait;
  return outcome;
}

void Collector::record(const http::Request& request,
                       const Origin& origin,
                       const Refusal& refusal,
                       std::string_view sample) {
  metrics_
      .counter("collector_refusals",
               "Requests that can never be accepted, by reason.",
               {{"reason", std::string(refusal.reason)}})
      .add();
  if (!records_.take(1, RateLimit::Clock::now())) return unrecorded_.add();

  std::string address;
  Hit hit = facts(request, address);
  std::string text = fmt::format("{} (path {}, {} bytes, by {})",
                                 refusal.detail,
                                 cut(request.path, kSampleMax),
                                 request.body.size(),
                                 hit.user_agent);
  if (!sample.empty() && !is_anonymous(request)) {
    std::string masked;
    append_masked(cut(sample, kSampleMax + kAddressMax), mask_, masked);
    text += fmt::format(", begins: {}", cut(masked, kSampleMax));
  }
  hit.kind = HitKind::kRefused;
  hit.protocol = origin.protocol;
  hit.source = origin.source;
  hit.reason = refusal.reason;
  hit.body = text;
  std::string payload;
  encode_hit(hit, payload);
  if (!intake_.offer(std::move(payload), hit.received, [](const Result<Position>&) {}))
    unrecorded_.add();
}

}  // namespace millrace::admission
