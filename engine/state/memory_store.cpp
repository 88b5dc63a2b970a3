#include "engine/state/memory_store.hpp"

namespace millrace {
namespace {

class MemoryStaged final : public StagedChanges {
 public:
  Status put(std::string_view key, std::string_view value) override {
    set_.put(std::string(key), std::string(value));
    return {};
  }
  Status remove(std::string_view key) override {
    set_.remove(std::string(key));
    return {};
  }
  const WriteSet& set() const { return set_; }

 private:
  WriteSet set_;
};

}  // namespace

Result<std::unique_ptr<StagedChanges>> MemoryStore::stage() {
  return std::unique_ptr<StagedChanges>(std::make_unique<MemoryStaged>());
}

Status MemoryStore::write(const WriteSet& changes) {
  const std::lock_guard lock(mutex_);
  apply(changes);
  for (const auto& stage : changes.staged) apply(static_cast<const MemoryStaged&>(*stage).set());
  return {};
}

void MemoryStore::apply(const WriteSet& changes) {
  for (const auto& [key, value] : changes.changes) {
    const auto old = values_.find(key);
    if (old != values_.end()) {
      bytes_ -= key.size() + old->second.size();
      values_.erase(old);
    }
    if (value) {
      values_.emplace(key, *value);
      bytes_ += key.size() + value->size();
    }
  }
}

Status MemoryStore::read(std::span<const std::string> keys,
                         std::vector<std::optional<std::string>>& values) {
  values.assign(keys.size(), std::nullopt);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (const auto found = values_.find(keys[i]); found != values_.end()) values[i] = found->second;
  return {};
}

Status MemoryStore::scan_from(std::string_view prefix, std::string_view from, const Visit& visit) {
  std::vector<std::pair<std::string, std::string>> matches;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = values_.lower_bound(from); at != values_.end() && at->first.starts_with(prefix);
         ++at)
      matches.emplace_back(*at);
  }
  for (const auto& [key, value] : matches)
    if (!visit(key, value)) break;
  return {};
}

std::uint64_t MemoryStore::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace millrace
