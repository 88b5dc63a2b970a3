#include "engine/event/hit.hpp"

#include "engine/base/codec.hpp"

namespace millrace {
namespace {

// Version 1 ends its facts with the cookie, version 2 with the signals.
constexpr std::uint8_t kVersion = 3;

constexpr std::uint8_t kDoNotTrack = 1;
constexpr std::uint8_t kPrivacyControl = 2;

// Until version 2 the pixel had a kind of its own.
constexpr std::uint8_t kPixelKind = 3;

void read_facts_since_2(ByteReader& from, Hit& out) {
  out.endpoint = from.text();
  out.reason = from.text();
  const std::uint8_t signals = from.byte();
  out.do_not_track = (signals & kDoNotTrack) != 0;
  out.privacy_control = (signals & kPrivacyControl) != 0;
}

void read_facts_since_3(ByteReader& from, Hit& out) {
  out.protocol = from.text();
  out.location.country = from.text();
  out.location.region = from.text();
  out.location.city = from.text();
  out.location.asn = from.text();
}

bool read_kind(std::uint8_t version, std::uint8_t kind, Hit& out) {
  if (version < 3 && kind == kPixelKind) {
    out.protocol = "pixel";
    return true;
  }
  out.kind = static_cast<HitKind>(kind);
  return out.kind == HitKind::kEvents || out.kind == HitKind::kRefused;
}

}  // namespace

void encode_hit(const Hit& hit, std::string& out) {
  ByteWriter to(out);
  to.byte(kVersion);
  to.byte(static_cast<std::uint8_t>(hit.kind));
  to.text(hit.source);
  to.text(hit.address);
  to.text(hit.user_agent);
  to.text(hit.cookie_id);
  to.text(hit.endpoint);
  to.text(hit.reason);
  to.byte(static_cast<std::uint8_t>((hit.do_not_track ? kDoNotTrack : 0) |
                                    (hit.privacy_control ? kPrivacyControl : 0)));
  to.text(hit.protocol);
  to.text(hit.location.country);
  to.text(hit.location.region);
  to.text(hit.location.city);
  to.text(hit.location.asn);
  out.append(hit.body);
}

bool decode_hit(std::string_view bytes, Time received, Hit& out) {
  ByteReader from(bytes);
  const std::uint8_t version = from.byte();
  if (version < 1 || version > kVersion) return false;
  if (version < kVersion) out = {};  // else every member is read
  if (!read_kind(version, from.byte(), out)) return false;
  out.received = received;
  out.source = from.text();
  out.address = from.text();
  out.user_agent = from.text();
  out.cookie_id = from.text();
  if (version >= 2) read_facts_since_2(from, out);
  if (version >= 3) read_facts_since_3(from, out);
  if (!from.ok()) return false;
  out.body = bytes.substr(bytes.size() - from.left());
  return true;
}

}  // namespace millrace
