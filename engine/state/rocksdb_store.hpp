// A store in a directory, kept by RocksDB. One process at a time may have a directory open.
//
// Every write is synced to disk before it is acknowledged. Opening recovers what a crash left: all
// acknowledged writes, none of them in part. Large stages become files of their own, which a
// write then adds to the store's.
#pragma once

#include "engine/state/store.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace millrace {

struct RocksdbConfig {
  enum class Compression { kNone, kLz4, kZstd };

  // Of all that is kept in memory: blocks, indexes and filters, and up to a half for recent writes.
  std::size_t memory_bytes = std::size_t{128} << 20;
  // One of the (up to three) buffers of recent writes; also bounds the log that a start has to
  // read.
  std::size_t write_buffer_bytes = std::size_t{16} << 20;
  // A stage that is larger becomes a file of its own.
  std::size_t stage_bytes = std::size_t{4} << 20;
  // Threads for flushing and compaction, at least 1.
  int background_jobs = 2;
  // Files kept open, at least 32. More than these are opened and closed as needed.
  int max_open_files = 256;
  Compression compression = Compression::kLz4;
  // A log that is damaged before its end keeps the store from opening, for acknowledged writes
  // could be missing. True opens it nevertheless, as of the moment before the first damaged write.
  bool roll_back_damaged_log = false;
};

// Opens the store in `directory`, which is created if it does not exist.
Result<std::unique_ptr<Store>> open_rocksdb_store(const std::string& directory,
                                                  const RocksdbConfig& config);

}  // namespace millrace
