// Which profiles a lane has in memory: it puts the least recently used aside when they take more
// than their budget, fetches them when something of theirs comes, and gives a checkpoint all that
// changed since the one before.
//
// A profile aside is in the store under one of two keys: as the checkpoints have it, or, where it
// is newer than they are, under a key of its own with the number of checkpoints taken by then. The
// next checkpoint moves it from there to the profile's key; a restart, which goes back to a
// checkpoint, forgets it.
#include "engine/runtime/lane_runner.hpp"

#include <algorithm>

namespace millrace {
namespace {

// How many slots are sampled to estimate what profiles keep on the heap.
constexpr Slot kHeapSample = 2048;
// How many records are read or written at once, and how many bytes of them are written.
constexpr std::size_t kRecords = 256;
constexpr std::size_t kRecordBytes = std::size_t{1} << 20;

std::string ahead_key(ProfileId profile, std::uint64_t checkpoints) {
  std::string key = profile_key(kAheadKeys, profile);
  ByteWriter(key).fixed64(checkpoints);
  return key;
}

}  // namespace

std::vector<ProfileId> LaneRunner::profiles_aside() const {
  std::vector<ProfileId> all;
  for (const auto& [profile, armed] : spilled_) all.push_back(profile);
  for (const auto& [profile, ahead] : ahead_) all.push_back(profile);
  return all;
}

Status LaneRunner::read_aside(std::span<const ProfileId> profiles,
                              std::vector<std::string>& records) {
  std::vector<std::string> keys;
  keys.reserve(profiles.size());
  for (const ProfileId profile : profiles) {
    // A checkpoint that is just being written removes the one key and writes the other.
    const auto ahead = ahead_.find(profile);
    if (ahead != ahead_.end()) keys.push_back(ahead_key(profile, ahead->second.checkpoints));
    keys.push_back(profile_key('p', profile));
  }
  std::vector<std::optional<std::string>> values;
  if (Status read = context_.store->read(keys, values); !read) return read;
  records.clear();
  std::size_t at = 0;
  for (const ProfileId profile : profiles) {
    const std::size_t first = at;
    at += ahead_.contains(profile) ? 2 : 1;
    std::optional<std::string>& found = values[values[first] ? first : at - 1];
    if (!found)
      return Error{
          "the record of a profile is missing in the store; restore the data directory from a "
          "copy, or remove its checkpoint so that it is made again from the journal"};
    records.push_back(*std::move(found));
  }
  return {};
}

Status LaneRunner::fetch(const std::vector<ProfileId>& profiles) {
  std::vector<std::string> records;
  if (Status read = read_aside(profiles, records); !read) return read;
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    const auto ahead = ahead_.find(profiles[i]);
    const auto spilled = spilled_.find(profiles[i]);
    const Time armed = ahead != ahead_.end() ? ahead->second.armed : spilled->second;
    if (!lane_.load(profiles[i], records[i], armed))
      return Error{
          "the record of a profile is damaged in the store; restore the data directory from a "
          "copy, or remove its checkpoint so that it is made again from the journal"};
    if (ahead != ahead_.end()) {
      lane_.table().touch(lane_.table().find(profiles[i]), 0);  // newer than the checkpoint
      outdated_.push_back(ahead_key(profiles[i], ahead->second.checkpoints));
      ahead_.erase(ahead);
    } else {
      spilled_.erase(spilled);
    }
  }
  return {};
}

// Brings back the profiles of these rows that are in the store only, in one read.
Status LaneRunner::fetch_missing(const Work& work, std::span<const std::uint32_t> rows) {
  std::vector<ProfileId> missing;
  const auto want = [&](ProfileId profile) {
    if (is_aside(profile)) missing.push_back(profile);
  };
  for (const std::uint32_t row : rows) {
    const Event& event = work.batch.events[row];
    want(event.profile);
    for (const Merge& merge : event.merges) {
      want(merge.from);
      want(merge.into);
    }
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  return missing.empty() ? Status() : fetch(missing);
}

// How many profiles take so many bytes, with what is noted of those aside. Slots stay when their
// profiles leave; so they may take a half, and those that are there count in any case.
std::size_t LaneRunner::profiles_within(std::size_t bytes) const {
  const std::size_t aside = spilled_.size() * 2 * (sizeof(ProfileId) + sizeof(Time)) +
                            ahead_.size() * 2 * (sizeof(ProfileId) + sizeof(Ahead));
  bytes -= std::min(bytes / 2, aside);
  bytes -= bytes / 8;  // pages of the allocator that are used in part: about as much, measured
  const std::size_t slot = lane_.table().slot_bytes();
  const std::size_t slots = std::min(bytes / 2, lane_.table().slot_end() * slot);
  return std::min(bytes / 2 / slot, (bytes - slots) / std::max<std::size_t>(1, heap_estimate_));
}

// How many events of a batch are processed before memory is looked after: if each brings a profile
// back, they take a sixteenth of the budget.
std::size_t LaneRunner::rows_at_once() const {
  if (context_.plan.memory_bytes == 0 || !any_aside()) return kNoBound;
  const std::uint64_t budget = context_.plan.memory_bytes / context_.placement.lanes;
  return std::max<std::size_t>(1, budget / 16 / std::max<std::size_t>(1, heap_estimate_));
}

// Forgets profiles, the least recently used first, until a sixteenth of the budget is free.
Status LaneRunner::relieve_memory() {
  const std::uint64_t budget = context_.plan.memory_bytes / context_.placement.lanes;
  if (context_.plan.memory_bytes == 0 || context_.store == nullptr) return {};
  ProfileTable& table = lane_.table();
  if (turn_ % 256 == 1 || heap_estimate_ == 0)
    heap_estimate_ = table.heap_bytes_per_profile(kHeapSample);
  if (table.size() <= profiles_within(budget)) return {};
  const std::size_t keep = profiles_within(budget / 16 * 15);
  std::vector<std::pair<std::uint32_t, Slot>> slots;  // by last use
  slots.reserve(table.size());
  for (Slot slot = 0; slot < table.slot_end(); ++slot)
    if (table.profile(slot) != kNoProfile) slots.emplace_back(table.used(slot), slot);
  const auto excess = static_cast<std::ptrdiff_t>(table.size() - keep);
  std::nth_element(slots.begin(), slots.begin() + excess - 1, slots.end());
  slots.resize(static_cast<std::size_t>(excess));
  return put_aside(slots);
}

Status LaneRunner::put_aside(std::span<const std::pair<std::uint32_t, Slot>> slots) {
  ProfileTable& table = lane_.table();
  const bool durable =
      checkpoints_taken_ == context_.checkpoints_durable.load(std::memory_order_acquire);
  WriteSet records;
  for (const std::string& key : std::exchange(outdated_, {})) records.remove(key);
  std::size_t bytes = 0;
  for (const auto& [used, slot] : slots) {
    const ProfileId profile = table.profile(slot);
    if (durable && !table.dirty(slot)) {
      spilled_[profile] = lane_.unload(slot);
    } else {
      std::string record;
      table.encode(slot, record);
      bytes += record.size();
      records.put(ahead_key(profile, checkpoints_taken_), std::move(record));
      const Time due = lane_.next_timer(slot);
      ahead_[profile] = {checkpoints_taken_, due, lane_.unload(slot)};
    }
    if (bytes < kRecordBytes) continue;
    if (Status kept = context_.store->keep(records); !kept) return kept;
    records.changes.clear();
    bytes = 0;
  }
  return records.changes.empty() ? Status() : context_.store->keep(records);
}

struct LaneRunner::Change {
  enum What : std::uint8_t { kHere, kAside, kRemoved };

  ProfileId profile = kNoProfile;
  What what = kHere;
  Slot slot = kNoSlot;
  Time due = kNever;

  auto operator<=>(const Change&) const = default;
};

// Those that are aside are read some at a time.
Status LaneRunner::write_records(std::span<const Change> changes, StagedChanges& to) {
  std::vector<ProfileId> aside;
  for (const Change& change : changes)
    if (change.what == Change::kAside) aside.push_back(change.profile);
  std::vector<std::string> records;
  std::size_t next = 0;  // of `aside`
  std::string record;
  for (const Change& change : changes) {
    const std::string key = profile_key('p', change.profile);
    Status done;
    if (change.what == Change::kRemoved) {
      done = to.remove(key);
    } else if (change.what == Change::kHere) {
      record.clear();
      lane_.table().encode(change.slot, record);
      done = to.put(key, record);
    } else {
      if (next % kRecords == 0) {
        const auto rest = std::span(aside).subspan(next);
        if (done = read_aside(rest.first(std::min(rest.size(), kRecords)), records); !done)
          return done;
      }
      done = to.put(key, records[next++ % kRecords]);
    }
    if (!done) return done;
  }
  return {};
}

// Gives the checkpoint what changed since the last one, in the order of the store's keys.
Status LaneRunner::take_checkpoint(LaneShare& share) {
  std::vector<Change> changes;
  for (const Slot slot : lane_.table().take_dirty())
    changes.push_back({lane_.table().profile(slot), Change::kHere, slot, lane_.next_timer(slot)});
  for (const auto& [profile, ahead] : ahead_) {
    if (ahead.checkpoints != checkpoints_taken_) continue;
    changes.push_back({profile, Change::kAside, kNoSlot, ahead.due});
    outdated_.push_back(ahead_key(profile, ahead.checkpoints));
  }
  for (const ProfileId profile : std::exchange(removed_, {}))
    changes.push_back({profile, Change::kRemoved});
  std::sort(changes.begin(), changes.end());
  auto stage = context_.store->stage();
  if (!stage) return stage.error();
  share.checkpoint = *std::move(stage);
  if (Status done = write_records(changes, *share.checkpoint); !done) return done;
  for (const Change& change : changes) {
    const std::string key = profile_key('t', change.profile);
    std::string due;
    if (change.due != kNever) ByteWriter(due).time(change.due);
    const Status done = change.what == Change::kRemoved ? share.checkpoint->remove(key)
                                                        : share.checkpoint->put(key, due);
    if (!done) return done;
  }
  std::sort(outdated_.begin(), outdated_.end());
  outdated_.erase(std::unique(outdated_.begin(), outdated_.end()), outdated_.end());
  for (const std::string& key : std::exchange(outdated_, {}))
    if (Status done = share.checkpoint->remove(key); !done) return done;

  ++checkpoints_taken_;
  const std::uint64_t durable = context_.checkpoints_durable.load(std::memory_order_acquire);
  boost::unordered::erase_if(ahead_, [&](const auto& entry) {
    const bool written = entry.second.checkpoints < durable;
    if (written) spilled_[entry.first] = entry.second.armed;
    return written;
  });
  return {};
}

}  // namespace millrace
