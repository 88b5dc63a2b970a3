#include "engine/operator/output_record.hpp"

#include "engine/base/codec.hpp"
#include "engine/base/hash.hpp"

#include <fmt/format.h>

#include <charconv>

namespace millrace {
namespace {

constexpr std::uint64_t kProfileSalt = 0x9d2c5680aa7b6e3fULL;

// The inverse of x ^ (x >> shift).
constexpr std::uint64_t unshift(std::uint64_t x, unsigned shift) {
  std::uint64_t result = x;
  for (unsigned known = shift; known < 64; known += shift) result = x ^ (result >> shift);
  return result;
}

// The inverse of mix64: multiplications by the modular inverses of its constants.
constexpr std::uint64_t unmix64(std::uint64_t x) {
  x = unshift(x, 31) * 0x319642b2d24d8ec3ULL;
  x = unshift(x, 27) * 0x96de1b173f119089ULL;
  return unshift(x, 30);
}
static_assert(unmix64(mix64(1)) == 1 && unmix64(mix64(~0ULL)) == ~0ULL);

}  // namespace

std::string profile_text(ProfileId profile) {
  return fmt::format("{:016x}", mix64(profile ^ kProfileSalt));
}

ProfileId parse_profile(std::string_view text) {
  std::uint64_t mixed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mixed, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size())
    return kNoProfile;
  return unmix64(mixed) ^ kProfileSalt;
}

std::string effect_id(const OutputRecord& output) {
  std::string bytes;
  ByteWriter to(bytes);
  to.varint(output.order.position);
  to.varint(output.order.index);
  to.time(output.order.due);
  to.varint(output.profile);
  to.varint(output.order.number);
  to.text(output.node);
  to.text(output.effect);
  return to_hex(hash128(bytes));
}

void write_output(const OutputRecord& output, const Catalog& catalog, JsonWriter& json) {
  constexpr std::string_view kKinds[] = {"enter", "exit", "effect"};
  json.object();
  json.key("position").value(output.order.position);
  json.key("time").value(format_time(output.time));
  json.key("profile").value(profile_text(output.profile));
  json.key("ids").array();
  std::string_view ids = output.ids;
  while (!ids.empty()) {
    const auto end = ids.find('\n');
    json.value(ids.substr(0, end));
    ids.remove_prefix(end + 1);
  }
  json.end();
  json.key("kind").value(kKinds[static_cast<std::size_t>(output.kind)]);
  if (output.kind == OutputKind::kEffect) {
    json.key("name").value(output.effect);
    json.key("id").value(effect_id(output));
    json.key("body").raw(output.body);
  } else {
    json.key("name").value(catalog.segments()[output.segment]);
  }
  json.end();
}

void write_reject(const Reject& reject, JsonWriter& json) {
  json.object();
  json.key("position").value(reject.position);
  json.key("index").value(reject.index);
  json.key("kind").value("reject");
  json.key("node").value(reject.node);
  json.key("reason").value(reject.reason);
  json.key("detail").value(reject.detail);
  if (!reject.source.empty()) json.key("source").value(reject.source);
  if (!reject.protocol.empty()) json.key("protocol").value(reject.protocol);
  if (!reject.library.empty()) json.key("library").value(reject.library);
  json.end();
}

}  // namespace millrace
