// Who is in which segment, by segment: kept from what profiles enter and leave. What changed since
// the last checkpoint is in memory, the rest in the store (without one, all is in memory).
//
// Keys of a store: s, hash of the segment's name (8 bytes), profile (8 bytes, big-endian) -> when
// it entered, zigzag ms.
//
// The completing thread changes and saves it; any thread reads pages.
#pragma once

#include "engine/operator/output_record.hpp"
#include "engine/operator/queries.hpp"
#include "engine/state/store.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class SegmentMembers {
 public:
  // Both outlive it; `store` may be null.
  SegmentMembers(const Catalog& catalog, Store* store);

  // Forgets segments that the topology had when it was saved, and has no more.
  Status restore();
  // Outputs in the journal's order.
  void note(const OutputRecord& output);
  // Adds what changed since the last save; saved() once that is durable.
  void save(WriteSet& changes);
  void saved();
  // So many changes are held in memory.
  std::size_t changes() const { return changes_.load(std::memory_order_relaxed); }

  // Any thread. At most `limit` members, at least one, from `from` on.
  Result<MembersPage> page(std::string_view segment, ProfileId from, std::size_t limit) const;

 private:
  // By profile: since when it is a member, or that it is none.
  using Changes = std::map<ProfileId, std::optional<Time>>;

  Changes changes_from(SegmentId segment, ProfileId from, std::size_t members_max) const;

  const Catalog& catalog_;
  Store* const store_;
  mutable std::mutex mutex_;      // of what follows
  std::vector<Changes> changed_;  // by segment; since the last save
  std::vector<Changes> saving_;   // of the last save, until it is durable
  std::atomic<std::size_t> changes_{0};
};

}  // namespace millrace
