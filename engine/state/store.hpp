// Where checkpoints live: durable bytes by key. Checkpoints write to a store, start-up and queries
// read it.
//
// Every function may be called from any thread at any time. Keys and values are any bytes; keys are
// ordered as unsigned bytes. A store knows nothing of what it holds. Errors tell the person who
// runs the system what to do; after a failed write the store is as it was before, or the write is
// whole.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// Many changes on their way into a store, which takes them to its disk as they come: however many
// they are, they need little memory. They count once a write has taken them, and are forgotten if
// none does. Used by one thread at a time.
class StagedChanges {
 public:
  virtual ~StagedChanges() = default;
  // Keys in ascending order, each once.
  virtual Status put(std::string_view key, std::string_view value) = 0;
  virtual Status remove(std::string_view key) = 0;
};

// A set of changes that becomes visible and durable all at once or not at all. Of several changes
// to one key the last counts; those that were staged come after the others.
struct WriteSet {
  struct Change {
    std::string key;
    std::optional<std::string> value;  // No value: the key is removed.
  };
  std::vector<Change> changes;
  std::vector<std::unique_ptr<StagedChanges>> staged;  // by the store that they are written to

  void put(std::string key, std::string value) {
    changes.push_back({std::move(key), std::move(value)});
  }
  void remove(std::string key) { changes.push_back({std::move(key), std::nullopt}); }
};

class Store {
 public:
  virtual ~Store() = default;

  // Applies the changes; they are durable when this returns without an error. Stages are taken by
  // one write only.
  virtual Status write(const WriteSet& changes) = 0;
  virtual Result<std::unique_ptr<StagedChanges>> stage() = 0;
  // Applies changes that need not outlive the process: after a crash each of them may be there or
  // not. Cheaper than a write. Takes no stages.
  virtual Status keep(const WriteSet& changes) { return write(changes); }

  // values[i] becomes the value of keys[i], or nothing if there is none; all as of one moment.
  virtual Status read(std::span<const std::string> keys,
                      std::vector<std::optional<std::string>>& values) = 0;

  // Visits every key with the prefix, in key order, as of one moment; stops when visit returns
  // false. The views end with the visit. A visit may use the store; it does not see what it
  // changes.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  Status scan(std::string_view prefix, const Visit& visit) {
    return scan_from(prefix, prefix, visit);
  }
  // The same from the key `from` on, which has the prefix too.
  virtual Status scan_from(std::string_view prefix, std::string_view from, const Visit& visit) = 0;

  // Gives the space of removed and overwritten values back. Blocks; may take minutes on a large
  // store.
  virtual Status compact() = 0;

  // What the store takes now: bytes on disk, or in memory if it has no disk.
  virtual std::uint64_t size_bytes() const = 0;
};

}  // namespace millrace
