#include "connectors/protocols/translation.hpp"

#include "connectors/admission/address_mask.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::protocols {

std::optional<Refusal> read_json(const http::Request& request, Workbench& bench) {
  return bench.read(request);
}

std::string_view parameter_json(const http::Request& request,
                                std::string_view name,
                                Workbench& bench) {
  const auto value = bench.parameter(request, name);
  if (!value || value->empty()) return {};
  if (is_plain_number(*value)) return *value;
  std::string json;
  append_json_string(json, *value);
  return bench.arena.copy(json);
}

std::optional<Refusal> note_key(std::string_view key, Workbench& bench) {
  if (key.empty() || key == bench.key) return std::nullopt;
  if (!bench.key.empty())
    return Refusal{401, "several_keys", "the events of one list have different keys"};
  bench.key = key;
  return std::nullopt;
}

std::optional<Refusal> find_one_key(JsonNode events,
                                    std::string_view (*key_of)(JsonNode),
                                    Workbench& bench) {
  bench.key.clear();
  for (const JsonNode event : events)
    if (auto refusal = note_key(key_of(event), bench)) return refusal;
  return std::nullopt;
}

void put_address(std::string_view address, Workbench& bench, SpecEvent& event) {
  if (address.empty()) return;
  const auto& settings = bench.settings.collect;
  const std::string masked =
      admission::mask_address(address, {settings.ipv4_bits, settings.ipv6_bits});
  if (!masked.empty()) event.text(Into::kContext, "ip"_key, bench.arena.copy(masked));
}

Translation::Translation(Workbench& bench) : bench_(bench) {
  bench.batch.clear();
  bench.batch += R"({"batch":[)";
  bench.event.clear();
}

SpecEvent& Translation::begin() {
  bench_.event.clear();
  return bench_.event;
}

bool Translation::keep(std::string_view source) {
  TextBuffer& batch = bench_.batch;
  const std::size_t before = batch.size();
  if (kept_ > 0) batch += ",";
  const std::size_t first = batch.size();
  bench_.event.write(batch);
  const std::size_t size = batch.size() - first;
  const std::size_t most = bench_.settings.collect.event_max.bytes;
  if (size <= most) {
    ++kept_;
    return true;
  }
  batch.cut(before);
  refuse("event_too_large", fmt::format("{} bytes, {} are allowed", size, most), source);
  return false;
}

void Translation::refuse(std::string_view reason, std::string detail, std::string_view source) {
  refused_.push_back({{400, reason, std::move(detail)}, source});
}

bool Translation::full() const {
  const auto& limits = bench_.settings.collect;
  return kept_ + refused_.size() > limits.batch_events_max ||
         bench_.batch.size() > limits.batch_max.bytes;
}

Reading Translation::finish(std::string_view write_key) {
  const auto& limits = bench_.settings.collect;
  if (kept_ + refused_.size() > limits.batch_events_max)
    return Refusal{
        400,
        "too_many_events",
        fmt::format("{} events, {} are allowed", kept_ + refused_.size(), limits.batch_events_max)};
  Decoded decoded;
  decoded.refused = std::move(refused_);
  decoded.delivery.write_key = write_key;
  decoded.delivery.events = kept_ + decoded.refused.size();
  if (kept_ == 0) return decoded;
  TextBuffer& batch = bench_.batch;
  batch += "]";
  if (!sent_at_.empty()) (batch += R"(,"sentAt":)") += sent_at_;
  batch += "}";
  if (batch.size() > limits.batch_max.bytes)
    return Refusal{
        413,
        "body_too_large",
        fmt::format(
            "{} bytes in the Segment spec, {} are allowed", batch.size(), limits.batch_max.bytes)};
  decoded.delivery.body = batch.view();
  return decoded;
}

}  // namespace millrace::protocols
