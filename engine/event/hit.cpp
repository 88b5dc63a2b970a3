#include "engine/event/hit.hpp"

#include "engine/base/codec.hpp"

namespace millrace {
namespace {

// Version 1 ends its facts with the cookie.
constexpr std::uint8_t kVersion = 2;

constexpr std::uint8_t kDoNotTrack = 1;
constexpr std::uint8_t kPrivacyControl = 2;

void read_facts_since_2(ByteReader& from, Hit& out) {
  out.endpoint = from.text();
  out.reason = from.text();
  const std::uint8_t signals = from.byte();
  out.do_not_track = (signals & kDoNotTrack) != 0;
  out.privacy_control = (signals & kPrivacyControl) != 0;
}

}  // namespace

void encode_hit(const Hit& hit, std::string& out) {
  ByteWriter to(out);
  to.byte(kVersion);
  to.byte(static_cast<std::uint8_t>(hit.protocol));
  to.text(hit.source);
  to.text(hit.address);
  to.text(hit.user_agent);
  to.text(hit.cookie_id);
  to.text(hit.endpoint);
  to.text(hit.reason);
  to.byte(static_cast<std::uint8_t>((hit.do_not_track ? kDoNotTrack : 0) |
                                    (hit.privacy_control ? kPrivacyControl : 0)));
  out.append(hit.body);
}

bool decode_hit(std::string_view bytes, Time received, Hit& out) {
  ByteReader from(bytes);
  const std::uint8_t version = from.byte();
  if (version < 1 || version > kVersion) return false;
  out = {};
  out.protocol = static_cast<Protocol>(from.byte());
  out.received = received;
  out.source = from.text();
  out.address = from.text();
  out.user_agent = from.text();
  out.cookie_id = from.text();
  if (version >= 2) read_facts_since_2(from, out);
  if (!from.ok() || out.protocol < Protocol::kSegment || out.protocol > kNewestProtocol)
    return false;
  out.body = bytes.substr(bytes.size() - from.left());
  return true;
}

}  // namespace millrace
