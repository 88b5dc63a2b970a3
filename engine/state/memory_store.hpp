// A store in memory: for tests and for topologies that recover by replaying the whole journal.
// "Durable" ends with the process.
#pragma once

#include "engine/state/store.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace millrace {

class MemoryStore final : public Store {
 public:
  Status write(const WriteSet& changes) override;
  Result<std::unique_ptr<StagedChanges>> stage() override;
  Status read(std::span<const std::string> keys,
              std::vector<std::optional<std::string>>& values) override;
  // Copies what it is going to visit, so that no visit runs under the lock.
  Status scan_from(std::string_view prefix, std::string_view from, const Visit& visit) override;
  Status compact() override { return {}; }
  std::uint64_t size_bytes() const override;

 private:
  void apply(const WriteSet& changes);

  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_;
  std::uint64_t bytes_ = 0;  // Of keys and values.
};

}  // namespace millrace
