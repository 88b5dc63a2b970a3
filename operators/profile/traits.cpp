#include "operators/profile/traits.hpp"

#include <cstring>
#include <string>

namespace millrace {
namespace {

template <class T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
template <class T>
T load(const char* at) {
  T value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::string pack(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return bytes_of(value.boolean());
    case ValueKind::kNumber:
      return bytes_of(value.number());
    case ValueKind::kTime:
      return bytes_of(to_millis(value.time()));
    default:
      break;
  }
  std::string_view text = value.text();
  if (text.size() > Traits::kTextMax) {
    std::size_t end = Traits::kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  return std::string(text);
}

bool sound(ValueKind kind, std::size_t size) {
  switch (kind) {
    case ValueKind::kBool:
      return size == 1;
    case ValueKind::kNumber:
    case ValueKind::kTime:
      return size == 8;
    case ValueKind::kString:
      return size <= Traits::kTextMax;
    default:
      return false;
  }
}

Value unpack(ValueKind kind, std::string_view bytes) {
  switch (kind) {
    case ValueKind::kBool:
      return Value::of(bytes[0] != 0);
    case ValueKind::kNumber:
      return Value::of(load<double>(bytes.data()));
    case ValueKind::kTime:
      return Value::of(from_millis(load<std::int64_t>(bytes.data())));
    default:
      return Value::of(bytes);
  }
}

}  // namespace

NameId Traits::trait_at(std::uint32_t at) const { return load<NameId>(&bytes_[at]); }

Value Traits::value_at(std::uint32_t at) const {
  return unpack(static_cast<ValueKind>(bytes_[at + 2]),
                {bytes_.begin() + at + kHead, entry_bytes(at) - kHead});
}

Traits::Place Traits::find(NameId trait) const {
  std::uint32_t at = 0;
  while (at < bytes_.size() && trait_at(at) < trait) at += entry_bytes(at);
  return {at, at < bytes_.size() && trait_at(at) == trait};
}

Value Traits::get(NameId trait) const {
  const Place place = find(trait);
  return place.found ? value_at(place.at) : Value();
}

void Traits::set(NameId trait, const Value& value) {
  if (value.is(ValueKind::kMissing) || value.is(ValueKind::kOther)) return;
  const auto [at, found] = find(trait);
  if (found && value_at(at) == value) return;
  // The value may point into the block that is about to change.
  const std::string packed = value.present() ? pack(value) : std::string();
  if (found) bytes_.erase(at, at + entry_bytes(at));
  if (!value.present()) return;
  std::string entry = bytes_of(trait);
  entry.push_back(static_cast<char>(value.kind()));
  entry.push_back(static_cast<char>(packed.size()));
  entry += packed;
  const std::uint32_t before = bytes_.size();
  bytes_.reserve(before + static_cast<std::uint32_t>(entry.size()));
  for (const char c : entry) bytes_.push_back(c);
  std::memmove(bytes_.begin() + at + entry.size(), bytes_.begin() + at, before - at);
  std::memcpy(bytes_.begin() + at, entry.data(), entry.size());
}

void Traits::encode(const NameTable& names, ByteWriter& to) const {
  for (std::uint32_t at = 0; at < bytes_.size(); at += entry_bytes(at)) {
    to.text(names.text(trait_at(at)));
    to.byte(static_cast<std::uint8_t>(bytes_[at + 2]));
    to.text({bytes_.begin() + at + kHead, entry_bytes(at) - kHead});
  }
}

bool Traits::decode(const NameTable& names, ByteReader& from, std::uint32_t version) {
  if (version != kVersion) return false;
  while (from.ok() && from.left() > 0) {
    const NameId trait = names.find(from.text());
    const auto kind = static_cast<ValueKind>(from.byte());
    const std::string_view bytes = from.text();
    if (!sound(kind, bytes.size())) from.fail();
    if (from.ok() && trait != kOtherName) set(trait, unpack(kind, bytes));
  }
  return from.ok();
}

void Traits::merge(const Traits& other) {
  for (std::uint32_t at = 0; at < other.bytes_.size(); at += other.entry_bytes(at))
    if (!find(other.trait_at(at)).found) set(other.trait_at(at), other.value_at(at));
}

}  // namespace millrace
