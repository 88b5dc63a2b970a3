#include "engine/runtime/data_directory.hpp"

#include "engine/state/rocksdb_store.hpp"

#include <algorithm>

namespace millrace {

Result<DataDirectory> DataDirectory::open(Files& files,
                                          const std::string& path,
                                          const JournalConfig& config,
                                          std::uint64_t store_memory,
                                          const Store* elsewhere) {
  DataDirectory made;
  // The journal first: its lock says whose directory it is.
  auto journal = Journal::open(files, path + "/journal", config);
  if (!journal) return journal.error();
  made.journal = *std::move(journal);
  if (elsewhere != nullptr) return made;
  RocksdbConfig store_config;
  store_config.memory_bytes = store_memory;
  auto store = open_rocksdb_store(path + "/store", store_config);
  if (!store) return store.error();
  made.store = *std::move(store);
  return made;
}

Time newest_time(const Journal& journal) {
  // Records of one journal are in the order of their times, but for notes, which have none.
  constexpr Position kEnough = 1024;
  const Position end = journal.end();
  JournalReader reader = journal.reader(end - std::min(end, kEnough));
  RecordBatch batch;
  Time newest = kBeginning;
  while (reader.next(batch).ok() && !batch.empty())
    for (const Record& record : batch.records) newest = std::max(newest, record.time);
  return newest;
}

}  // namespace millrace
