#include "engine/event/hit.hpp"

#include "engine/base/codec.hpp"

namespace millrace {
namespace {
constexpr std::uint8_t kVersion = 1;
}

void encode_hit(const Hit& hit, std::string& out) {
  ByteWriter to(out);
  to.byte(kVersion);
  to.byte(static_cast<std::uint8_t>(hit.protocol));
  to.text(hit.source);
  to.text(hit.address);
  to.text(hit.user_agent);
  to.text(hit.cookie_id);
  out.append(hit.body);
}

bool decode_hit(std::string_view bytes, Time received, Hit& out) {
  ByteReader from(bytes);
  if (from.byte() != kVersion) return false;
  out.protocol = static_cast<Protocol>(from.byte());
  out.received = received;
  out.source = from.text();
  out.address = from.text();
  out.user_agent = from.text();
  out.cookie_id = from.text();
  if (!from.ok() || out.protocol != Protocol::kSegment) return false;
  out.body = bytes.substr(bytes.size() - from.left());
  return true;
}

}  // namespace millrace
