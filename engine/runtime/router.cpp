#include "engine/runtime/router.hpp"

#include "engine/base/codec.hpp"
#include "engine/operator/output_record.hpp"

#include <algorithm>

namespace millrace {
namespace {

template <class T>
std::span<const T> copy_into(Arena& arena, const std::vector<T>& values) {
  if (values.empty()) return {};
  const auto copy = arena.make<T>(values.size());
  std::copy(values.begin(), values.end(), copy.begin());
  return copy;
}

}  // namespace

void Router::route(Work& work) {
  const std::lock_guard lock(mutex_);
  route_events(work);
  routed_ = std::max(routed_, work.batch.end);
}

Router::Found Router::find(std::string_view id) const {
  const ProfileId profile = parse_profile(id);
  const std::lock_guard lock(mutex_);
  return {profile == kNoProfile ? identifier_->find(id) : identifier_->survivor(profile), routed_};
}

std::uint64_t Router::profiles() const {
  const std::lock_guard lock(mutex_);
  return identifier_->profiles();
}

void Router::route_events(Work& work) {
  const ProfileId made_before = identifier_->profiles_made();
  merges_.clear();
  merged_into_.clear();
  identifier_->expect(work.batch.events);
  for (Event& event : work.batch.events) {
    if (event.dead) continue;
    event.time = event.kind == EventKind::kTick ? clock_ : event.time;
    clock_ = std::max(clock_, event.received);
    event.now = clock_;
    if (event.kind == EventKind::kEpoch) {
      work.epoch = ++epochs_;
      work.profiles = identifier_->profiles();
    } else if (event.kind != EventKind::kTick) {
      identify(event, work);
    }
  }
  if (!merges_.empty()) place_merges(work, made_before);
  for (std::uint32_t row = 0; row < work.batch.events.size(); ++row) {
    const Event& event = work.batch.events[row];
    if (event.dead) continue;
    if (is_mark(event.kind)) {
      for (LaneShare& share : work.shares) share.rows.push_back(row);
    } else {
      work.shares[placement_.lane(survivor(event.profile))].rows.push_back(row);
    }
  }
  work.clock = clock_;
}

void Router::identify(Event& event, Work& work) {
  identity_.clear();
  const Verdict verdict = identifier_->identify(event, work.batch.arena, identity_);
  if (!verdict.kept()) {
    event.dead = true;
    if (verdict.kind() == Verdict::Kind::kDrop) {
      work.account.dropped.add(verdict.reason());
    } else {
      work.account.rejected.add(verdict.reason());
      work.batch.rejects.push_back(
          {event.position, event.index, node_, verdict.reason(), verdict.detail()});
    }
    return;
  }
  event.profile = identity_.profile;
  event.new_profile = identity_.created;
  event.merges = copy_into(work.batch.arena, identity_.merges);
  event.new_ids = copy_into(work.batch.arena, identity_.new_ids);
  merges_.insert(merges_.end(), identity_.merges.begin(), identity_.merges.end());
}

ProfileId Router::survivor(ProfileId profile) const {
  for (auto at = merged_into_.find(profile); at != merged_into_.end();
       at = merged_into_.find(profile))
    profile = at->second;
  return profile;
}

void Router::place_merges(Work& work, ProfileId made_before) {
  for (const Merge& merge : merges_) merged_into_[merge.from] = merge.into;
  for (const Merge& merge : merges_) {
    // What this batch made is made in the right lane at once.
    if (merge.from > made_before) continue;
    const std::uint32_t from = placement_.lane(merge.from);
    const std::uint32_t to = placement_.lane(survivor(merge.from));
    if (from == to) continue;
    work.transfers.push_back({merge.from, from, to, {}, false});
    work.shares[to].awaited.fetch_add(1, std::memory_order_relaxed);
  }
}

void Router::save(WriteSet& changes) {
  std::string bytes;
  ByteWriter to(bytes);
  to.time(clock_);
  to.varint(epochs_);
  changes.put("mclock", std::move(bytes));
  identifier_->save("i", changes);
}

Status Router::restore(Store& store, Position end) {
  routed_ = end;
  std::vector<std::optional<std::string>> values;
  const std::string key = "mclock";
  if (Status read = store.read({&key, 1}, values); !read) return read;
  if (values[0]) {
    ByteReader from(*values[0]);
    clock_ = from.time();
    epochs_ = from.varint();
    if (!from.done()) return Error{"the checkpoint's clock is damaged"};
  }
  return identifier_->restore("i", store);
}

}  // namespace millrace
