#include "operators/rules/membership.hpp"

#include "engine/base/hash.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::uint8_t kComplete = 1;   // of all
constexpr std::uint8_t kAnnounced = 1;  // of one
constexpr std::uint8_t kLapsed = 2;

}  // namespace

void Memberships::merge(const Memberships& other) {
  if (other.empty()) return;
  if (empty()) {
    complete = other.complete;
    for (const Membership& theirs : other.all()) all_.push_back(theirs);
    return;
  }
  complete = false;
  for (const Membership& theirs : other.all()) {
    if (Membership* const ours = find(theirs.segment)) {
      ours->since = std::min(ours->since, theirs.since);
      const bool holds = ours->lapsed == kNever || theirs.lapsed == kNever;
      ours->lapsed = holds ? kNever : std::max(ours->lapsed, theirs.lapsed);
    } else {
      Membership taken = theirs;
      taken.announced = false;
      add(taken);
    }
  }
}

MembershipCodec::MembershipCodec(const std::vector<std::string_view>& names,
                                 std::uint64_t definitions)
    : definitions_(definitions) {
  for (const std::string_view name : names) keys_.push_back(hash64(name));
}

void MembershipCodec::encode(const Memberships& value, ByteWriter& to) const {
  to.byte(value.complete ? kComplete : 0);
  if (value.complete) to.fixed64(definitions_);
  for (const Membership& one : value.all()) {
    const bool lapsed = one.lapsed != kNever;
    to.fixed64(keys_[one.segment]);
    to.byte(static_cast<std::uint8_t>((one.announced ? kAnnounced : 0) | (lapsed ? kLapsed : 0)));
    to.time(one.since);
    if (lapsed) to.time(one.lapsed);
  }
}

bool MembershipCodec::decode(Memberships& value, ByteReader& from, std::uint32_t version) const {
  if (version != kVersion) return false;
  const std::uint8_t complete = from.byte();
  value.complete = complete == kComplete && from.fixed64() == definitions_;
  if (complete > kComplete) from.fail();
  while (from.ok() && from.left() > 0) {
    const auto key = std::find(keys_.begin(), keys_.end(), from.fixed64());
    const std::uint8_t flags = from.byte();
    Membership one;
    one.segment = static_cast<SegmentIndex>(key - keys_.begin());
    one.announced = (flags & kAnnounced) != 0;
    one.since = from.time();
    if (flags & kLapsed) one.lapsed = from.time();
    if (!from.ok() || flags > (kAnnounced | kLapsed)) return false;
    if (key == keys_.end()) continue;
    if (value.find(one.segment) != nullptr) return false;
    value.add(one);
  }
  return from.ok();
}

}  // namespace millrace
