#include "connectors/protocols/spec_body.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::protocols {
namespace {

// The fields of Workbench::json.
constexpr std::size_t kWriteKey = 0;
constexpr std::size_t kUserId = 1;
constexpr std::size_t kAnonymousId = 2;

// A view into the body if the key stands there without escapes; else in the workbench.
std::string_view key_in_body(const Workbench& bench) {
  const Value& key = bench.json.top().values[kWriteKey];
  return key.is(ValueKind::kString) ? key.text() : std::string_view();
}

bool has_id(const JsonRow& row) {
  const auto says = [](const Value& id) {
    return id.present() && !(id.is(ValueKind::kString) && id.text().empty());
  };
  return says(row.values[kUserId]) || says(row.values[kAnonymousId]);
}

}  // namespace

Reading read_spec_body(const http::Request& request,
                       const Endpoint& endpoint,
                       std::string_view key,
                       Workbench& bench) {
  const auto& [kind, body, packed_badly] = bench.open(request);
  if (!packed_badly.empty())
    return Refusal{400, packed_badly, "the body cannot be unpacked within its bounds"};
  const auto& limits = bench.settings.collect;
  const std::size_t most = endpoint.type.empty() ? limits.batch_max.bytes : limits.event_max.bytes;
  if (body.size() > most)
    return Refusal{
        400, "body_too_large", fmt::format("{} bytes, {} are allowed", body.size(), most)};
  if (!bench.json.read(body, bench.arena)) {
    const JsonFault& fault = bench.json.fault();
    return Refusal{400, fault.reason, fmt::format("{} at byte {}", fault.what, fault.offset)};
  }
  if (!bench.json.top().is_object)
    return Refusal{400, "not_an_event", "the body is not a JSON object"};

  Delivery delivery;
  delivery.endpoint = endpoint.type;
  delivery.body = body;
  if (bench.json.has_rows()) delivery.events = bench.json.rows().size();
  const std::string_view inside = key_in_body(bench);
  if (body.data() <= inside.data() && inside.data() < body.data() + body.size())
    delivery.key_inside = inside;
  delivery.write_key = key.empty() ? inside : key;
  return Decoded{delivery};
}

bool all_have_ids(const Workbench& bench) {
  if (!bench.json.has_rows()) return has_id(bench.json.top());
  const auto rows = bench.json.rows();
  return std::all_of(rows.begin(), rows.end(), has_id);
}

}  // namespace millrace::protocols
