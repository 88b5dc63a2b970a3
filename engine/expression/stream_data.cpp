#include "engine/expression/stream_data.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace millrace::expression {
namespace {

std::uint64_t hash_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNumber:
      return mix64(std::bit_cast<std::uint64_t>(value.number() + 0.0) + 1);
    case ValueKind::kTime:
      return mix64(static_cast<std::uint64_t>(to_millis(value.time())) ^ (1ULL << 63));
    case ValueKind::kBool:
      return value.boolean() ? 2 : 1;
    default:
      return hash64(value.text());
  }
}

// At most kTextKept bytes, and no half character at the end.
std::string_view kept(std::string_view text) {
  if (text.size() <= kTextKept) return text;
  std::size_t end = kTextKept;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

void merge_into(Entry& newer, const Entry& older) {
  newer.count += older.count;
  newer.sum = older.sum + newer.sum;
  newer.min = std::min(older.min, newer.min);
  newer.max = std::max(older.max, newer.max);
}

}  // namespace

bool takes(Role role, const Value& value) {
  switch (role) {
    case Role::kNone:
      return true;
    case Role::kNumber:
      return value.is(ValueKind::kNumber);
    default:
      return value.present() && !value.is(ValueKind::kOther);
  }
}

Entry make_entry(Role role, Time time, const Value& value) {
  Entry entry;
  entry.time = std::clamp(to_millis(time), -kTimeLimit, kTimeLimit);
  if (role == Role::kNumber) entry.sum = entry.min = entry.max = value.number();
  if (role == Role::kHash) entry.hash = hash_of(value);
  if (role == Role::kAny)
    entry.value = value.is(ValueKind::kString) ? Value::of(kept(value.text())) : value;
  return entry;
}

void StreamData::accumulate(const StreamLayout& layout, const Entry& entry) {
  if (!layout.lifetime) return;
  const bool fresh = count == 0;
  first = fresh ? entry.time : std::min(first, entry.time);
  last = fresh ? entry.time : std::max(last, entry.time);
  sum += entry.sum;
  min = fresh ? entry.min : std::min(min, entry.min);
  max = fresh ? entry.max : std::max(max, entry.max);
  count += entry.count;
}

void StreamData::insert(const Entry& entry) {
  const auto after = std::upper_bound(
      entries.begin(), entries.end(), entry.time, [](std::int64_t time, const Entry& e) {
        return time < e.time;
      });
  entries.insert(after, entry);
}

void StreamData::fold(const StreamLayout& layout, std::int64_t now) {
  for (; pending > 0 && entries[entries.size() - pending].time <= now; --pending)
    accumulate(layout, entries[entries.size() - pending]);
}

bool StreamData::tidy(const StreamLayout& layout, std::int64_t now, std::size_t entries_max) {
  if (layout.role == Role::kAny) keep_first_and_last(layout);
  if (layout.role == Role::kHash) keep_newest_of_each();
  if (layout.role != Role::kAny) {
    const auto due = entries.end() - static_cast<std::ptrdiff_t>(pending);
    const auto useful = std::find_if(entries.begin(), due, [&](const Entry& entry) {
      return layout.horizon.count() > 0 && entry.time > now - layout.horizon.count();
    });
    entries.erase(entries.begin(), useful);
  }
  bool merged = false;
  // Nothing bounds how far ahead a wrong clock is, so what is still to come needs a bound of its
  // own.
  for (const std::size_t pending_max = std::min<std::size_t>(entries_max / 4, 64);
       pending > pending_max;
       --pending) {
    const Entry before_last = entries[entries.size() - 2];
    entries.erase(entries.end() - 2);
    merge_into(entries.back(), before_last);
    merged = true;
  }
  if (entries.size() <= entries_max) return merged;
  // Make room for a while, so that the next events are cheap again.
  const std::size_t target = entries_max * 3 / 4;
  for (std::int64_t factor = 1; entries.size() > target && factor < kTimeLimit; factor *= 2)
    merge_within(layout, now, factor, target);
  return true;
}

void StreamData::merge_within(const StreamLayout& layout,
                              std::int64_t now,
                              std::int64_t factor,
                              std::size_t target) {
  std::vector<Entry> kept_entries;
  std::size_t left = entries.size();
  const std::size_t due = entries.size() - pending;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i < due && left > target && !kept_entries.empty()) {
      // Buckets lie on a fixed grid: then no two merges together make one wider than a cell.
      const std::int64_t age = std::max<std::int64_t>(now - entries[i].time, 0);
      const std::int64_t width =
          std::min(layout.bucket_width(Duration(age)).count(), kTimeLimit * 2 / factor) * factor;
      const auto cell = [&](std::int64_t time) { return (time + kTimeLimit) / width; };
      if (cell(kept_entries.back().time) == cell(entries[i].time)) {
        Entry merged = entries[i];
        merge_into(merged, kept_entries.back());
        kept_entries.back() = merged;
        --left;
        continue;
      }
    }
    kept_entries.push_back(entries[i]);
  }
  entries = std::move(kept_entries);
}

void StreamData::keep_first_and_last(const StreamLayout& layout) {
  const std::size_t due = entries.size() - pending;
  const std::size_t keep_from = layout.has_first ? 1 : 0;
  if (due <= keep_from + 1) return;
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(keep_from),
                entries.begin() + static_cast<std::ptrdiff_t>(due - 1));
}

void StreamData::keep_newest_of_each() {
  for (std::size_t i = entries.size() - pending; i-- > 0;) {
    const auto newer = entries.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto due = entries.end() - static_cast<std::ptrdiff_t>(pending);
    const bool again = entries[i].count == 1 && std::any_of(newer, due, [&](const Entry& entry) {
                         return entry.hash == entries[i].hash;
                       });
    if (again) entries.erase(newer - 1);
  }
}

void StreamData::absorb(const StreamLayout& layout, const StreamData& other) {
  if (layout.lifetime && other.count > 0) {
    const bool fresh = count == 0;
    first = fresh ? other.first : std::min(first, other.first);
    last = fresh ? other.last : std::max(last, other.last);
    sum += other.sum;
    min = fresh ? other.min : std::min(min, other.min);
    max = fresh ? other.max : std::max(max, other.max);
    count += other.count;
  }
  std::vector<Entry> both;
  both.reserve(entries.size() + other.entries.size());
  std::merge(entries.begin(),
             entries.end(),
             other.entries.begin(),
             other.entries.end(),
             std::back_inserter(both),
             [](const Entry& a, const Entry& b) { return a.time < b.time; });
  entries = std::move(both);
  pending += other.pending;
}

}  // namespace millrace::expression
