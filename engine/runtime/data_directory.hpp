// A data directory: the journal of what was accepted, and the store of what became of it.
#pragma once

#include "engine/journal/journal.hpp"
#include "engine/state/store.hpp"

#include <memory>
#include <string>

namespace millrace {

struct DataDirectory {
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Store> store;

  // Fault::kBusy: another process has it. `files` outlives the journal. Its store takes
  // `store_memory` bytes of memory; with a store `elsewhere` it has none of its own.
  static Result<DataDirectory> open(Files& files,
                                    const std::string& path,
                                    const JournalConfig& config,
                                    std::uint64_t store_memory,
                                    const Store* elsewhere = nullptr);
};

// The time of the newest record that can be read; kBeginning if there is none.
Time newest_time(const Journal& journal);

}  // namespace millrace
