#include "engine/runtime/segment_members.hpp"

#include "engine/base/codec.hpp"
#include "engine/base/hash.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view kNamesKey = "msegments";
constexpr std::size_t kPrefixBytes = 9;

void append_big_endian(std::string& to, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(value >> shift));
}

std::string prefix_of(std::string_view segment) {
  std::string key = "s";
  append_big_endian(key, hash64(segment));
  return key;
}

std::string key_of(std::string prefix, ProfileId profile) {
  append_big_endian(prefix, profile);
  return prefix;
}

ProfileId profile_in(std::string_view key) {
  ProfileId profile = 0;
  for (const char byte : key.substr(kPrefixBytes))
    profile = profile << 8 | static_cast<unsigned char>(byte);
  return profile;
}

}  // namespace

SegmentMembers::SegmentMembers(const Catalog& catalog, Store* store)
    : catalog_(catalog),
      store_(store),
      changed_(catalog.segments().size()),
      saving_(catalog.segments().size()) {}

Status SegmentMembers::restore() {
  std::vector<std::optional<std::string>> values;
  const std::string key(kNamesKey);
  if (Status read = store_->read({&key, 1}, values); !read || !values[0]) return read;
  ByteReader from(*values[0]);
  WriteSet gone;
  while (from.ok() && from.left() > 0) {
    const std::string_view name = from.text();
    const auto& names = catalog_.segments();
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const Status scanned =
        store_->scan(prefix_of(name), [&](std::string_view member, std::string_view) {
          gone.remove(std::string(member));
          return true;
        });
    if (!scanned) return scanned;
  }
  if (!from.ok()) return Error{"the checkpoint's list of segments is damaged"};
  return gone.changes.empty() ? Status() : store_->write(gone);
}

void SegmentMembers::note(const OutputRecord& output) {
  if (output.kind == OutputKind::kEffect) return;
  const std::lock_guard lock(mutex_);
  Changes& changes = changed_[output.segment];
  const std::size_t before = changes.size();
  if (output.kind == OutputKind::kEnter) {
    changes[output.profile] = output.time;
  } else if (store_ != nullptr) {
    changes[output.profile] = std::nullopt;
  } else {
    changes.erase(output.profile);
  }
  changes_.fetch_add(changes.size() - before, std::memory_order_relaxed);
}

void SegmentMembers::save(WriteSet& to) {
  std::string names;
  ByteWriter writer(names);
  for (const std::string& name : catalog_.segments()) writer.text(name);
  to.put(std::string(kNamesKey), std::move(names));
  const std::lock_guard lock(mutex_);
  saving_.swap(changed_);
  for (std::size_t segment = 0; segment < saving_.size(); ++segment) {
    const std::string prefix = prefix_of(catalog_.segments()[segment]);
    for (const auto& [profile, since] : saving_[segment]) {
      std::string value;
      if (since) ByteWriter(value).time(*since);
      if (since) to.put(key_of(prefix, profile), std::move(value));
      if (!since) to.remove(key_of(prefix, profile));
    }
  }
}

void SegmentMembers::saved() {
  const std::lock_guard lock(mutex_);
  for (Changes& changes : saving_) {
    changes_.fetch_sub(changes.size(), std::memory_order_relaxed);
    changes.clear();
  }
}

// The newest of each profile, up to `members_max` that are members.
SegmentMembers::Changes SegmentMembers::changes_from(SegmentId segment,
                                                     ProfileId from,
                                                     std::size_t members_max) const {
  Changes found;
  const std::lock_guard lock(mutex_);
  auto newer = changed_[segment].lower_bound(from);
  auto older = saving_[segment].lower_bound(from);
  const auto newer_end = changed_[segment].end();
  const auto older_end = saving_[segment].end();
  for (std::size_t members = 0; members < members_max;) {
    const bool any_newer = newer != newer_end;
    const bool any_older = older != older_end;
    if (!any_newer && !any_older) break;
    const bool take_newer = any_newer && (!any_older || newer->first <= older->first);
    if (take_newer && any_older && newer->first == older->first) ++older;
    const auto& taken = take_newer ? *newer++ : *older++;
    found.insert(found.end(), taken);
    members += taken.second ? 1 : 0;
  }
  return found;
}

Result<MembersPage> SegmentMembers::page(std::string_view segment,
                                         ProfileId from,
                                         std::size_t limit) const {
  const auto& names = catalog_.segments();
  const auto name = std::find(names.begin(), names.end(), segment);
  if (name == names.end()) return Error{"there is no such segment", Fault::kMissing};
  limit = std::max<std::size_t>(limit, 1);
  // Memory first: what leaves it for the store meanwhile is seen twice, and never not at all.
  const Changes changes =
      changes_from(static_cast<SegmentId>(name - names.begin()), from, limit + 1);
  MembersPage page;
  const auto add = [&](ProfileId profile, Time since) {
    if (page.members.size() == limit) page.next = profile;
    if (page.members.size() < limit) page.members.push_back({profile, since});
    return !page.next;
  };
  auto change = changes.begin();
  const auto add_changes_before = [&](ProfileId profile) {
    for (; change != changes.end() && change->first < profile && !page.next; ++change)
      if (change->second) add(change->first, *change->second);
  };
  if (store_ != nullptr) {
    const std::string prefix = prefix_of(segment);
    const Status scanned = store_->scan_from(
        prefix, key_of(prefix, from), [&](std::string_view key, std::string_view value) {
          const ProfileId profile = profile_in(key);
          add_changes_before(profile);
          if (page.next) return false;
          if (change != changes.end() && change->first == profile) return true;
          return add(profile, ByteReader(value).time());
        });
    if (!scanned) return scanned.error();
  }
  add_changes_before(~ProfileId{0});
  return page;
}

}  // namespace millrace
