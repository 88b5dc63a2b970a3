#include "operators/profile/affinity.hpp"

#include "engine/base/short_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace millrace {
namespace {

// At most kNameMax bytes, and no half character at the end.
std::string_view kept(std::string_view name) {
  if (name.size() <= Affinity::kNameMax) return name;
  std::size_t end = Affinity::kNameMax;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

double decayed(double weight, Duration passed, Duration half_life) {
  return weight *
         std::exp2(-static_cast<double>(passed.count()) / static_cast<double>(half_life.count()));
}

}  // namespace

Affinity::Category Affinity::category(std::uint32_t at) const {
  float weight = 0;
  std::memcpy(&weight, &bytes_[at], sizeof weight);
  return {{&bytes_[at + kHead], entry_bytes(at) - kHead}, weight};
}

void Affinity::set_weight(std::uint32_t at, double weight) {
  // The least that is more than nothing: what is there was seen, and stays until it is let go of.
  const float stored = std::max(static_cast<float>(weight), std::numeric_limits<float>::min());
  std::memcpy(&bytes_[at], &stored, sizeof stored);
}

void Affinity::decay_to(Time time, Duration half_life) {
  if (time <= as_of_) return;
  if (as_of_ != kBeginning)
    for (std::uint32_t at = 0; at < bytes_.size(); at += entry_bytes(at))
      set_weight(at, decayed(category(at).weight, time - as_of_, half_life));
  as_of_ = time;
}

void Affinity::add_now(std::string_view name, double weight) {
  std::uint32_t at = 0;
  for (; at < bytes_.size(); at += entry_bytes(at)) {
    const Category found = category(at);
    if (same_text(found.name, name)) return set_weight(at, found.weight + weight);
    if (found.name > name) break;
  }
  const std::uint32_t size = kHead + static_cast<std::uint32_t>(name.size());
  const std::uint32_t before = bytes_.size();
  bytes_.reserve(before + size);
  for (std::uint32_t i = 0; i < size; ++i) bytes_.push_back(0);
  std::memmove(&bytes_[at] + size, &bytes_[at], before - at);
  bytes_[at + 4] = static_cast<char>(name.size());
  std::memcpy(&bytes_[at + kHead], name.data(), name.size());
  set_weight(at, weight);
}

void Affinity::keep(std::size_t categories_max) {
  while (true) {
    std::size_t count = 0;
    std::uint32_t least = 0;
    for (std::uint32_t at = 0; at < bytes_.size(); at += entry_bytes(at), ++count)
      if (category(at).weight <= category(least).weight) least = at;
    if (count <= categories_max) return;
    bytes_.erase(least, least + entry_bytes(least));
  }
}

void Affinity::add(std::string_view name,
                   double weight,
                   Time time,
                   Duration half_life,
                   std::size_t categories_max) {
  decay_to(time, half_life);
  add_now(kept(name), decayed(weight, as_of_ - time, half_life));
  keep(categories_max);
}

std::optional<Affinity::Category> Affinity::top() const {
  std::optional<Category> best;
  each([&](const Category& one) {
    if (!best || one.weight > best->weight) best = one;
  });
  return best;
}

double Affinity::weight_at(const Category& one, Time now, Duration half_life) const {
  return decayed(one.weight, std::max(now - as_of_, Duration(0)), half_life);
}

bool Affinity::expire(Time now, Duration half_life, double least) {
  for (std::uint32_t at = 0; at < bytes_.size();) {
    if (weight_at(category(at), now, half_life) < least) {
      bytes_.erase(at, at + entry_bytes(at));
    } else {
      at += entry_bytes(at);
    }
  }
  if (empty()) *this = Affinity();
  return empty();
}

void Affinity::encode(ByteWriter& to) const {
  to.time(as_of_);
  std::size_t count = 0;
  each([&](const Category&) { ++count; });
  to.varint(count);
  each([&](const Category& one) {
    to.text(one.name);
    to.number(one.weight);
  });
}

bool Affinity::decode(ByteReader& from, std::uint32_t version) {
  if (version != kVersion) return false;
  as_of_ = from.time();
  for (std::uint64_t left = from.varint(); left > 0 && from.ok(); --left) {
    const std::string_view name = from.text();
    const double weight = from.number();
    if (name.size() > kNameMax || !(weight > 0)) from.fail();
    if (from.ok()) add_now(name, weight);
  }
  return from.ok() && !empty();
}

void Affinity::merge(const Affinity& other, Duration half_life, std::size_t categories_max) {
  if (other.empty()) return;
  decay_to(other.as_of_, half_life);
  other.each([&](const Category& one) {
    add_now(one.name, decayed(one.weight, as_of_ - other.as_of_, half_life));
  });
  keep(categories_max);
}

}  // namespace millrace
