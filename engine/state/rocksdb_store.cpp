#include "engine/state/rocksdb_store.hpp"

#include "engine/base/check.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <system_error>

namespace millrace {
namespace {

// RocksDB's status as a sentence with a remedy.
Error describe(std::string_view action,
               const std::string& directory,
               const rocksdb::Status& status) {
  const std::string reason = status.ToString();
  std::string_view remedy = "check that the disk works and that this user may write there";
  if (status.IsNoSpace())
    remedy = "free disk space and restart";
  else if (status.IsCorruption())
    remedy =
        "restore the directory from a copy, or remove it and replay the journal; if only its log "
        "is "
        "damaged, roll_back_damaged_log opens it as of the last sound write";
  else if (reason.find("lock") != std::string::npos)
    remedy = "another process or store has it open: stop that one or choose another directory";
  return {fmt::format("cannot {} the store in {}: {} ({})", action, directory, remedy, reason)};
}

rocksdb::CompressionType compression_type(RocksdbConfig::Compression compression) {
  switch (compression) {
    case RocksdbConfig::Compression::kNone:
      return rocksdb::kNoCompression;
    case RocksdbConfig::Compression::kLz4:
      return rocksdb::kLZ4Compression;
    case RocksdbConfig::Compression::kZstd:
      return rocksdb::kZSTD;
  }
  CHECK(false);
}

rocksdb::Options options_of(const RocksdbConfig& config) {
  CHECK(config.background_jobs >= 1 && config.max_open_files >= 32);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.max_background_jobs = config.background_jobs;
  options.max_open_files = config.max_open_files;
  options.write_buffer_size = config.write_buffer_bytes;
  options.max_write_buffer_number = 3;
  options.compression = compression_type(config.compression);
  options.level_compaction_dynamic_level_bytes = true;
  // RocksDB's default would silently drop acknowledged writes that follow a damaged one.
  options.wal_recovery_mode = config.roll_back_damaged_log
                                  ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                  : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;

  // Its own diagnostics: warnings only, 2 files of 1 MiB, no periodic statistics.
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = std::size_t{1} << 20;
  options.keep_log_file_num = 2;
  options.max_manifest_file_size = std::size_t{16} << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(config.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Indexes and filters count against the cache: memory stays bounded however large the store is.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksdbStore final : public Store {
 public:
  RocksdbStore(std::string directory, std::unique_ptr<rocksdb::DB> db)
      : directory_(std::move(directory)), db_(std::move(db)) {}

  Status write(const WriteSet& changes) override {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : changes.changes) {
      const auto status = value ? batch.Put(key, *value) : batch.Delete(key);
      if (!status.ok()) return describe("write to", directory_, status);
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    return outcome("write to", db_->Write(options, &batch));
  }

  Status read(std::span<const std::string> keys,
              std::vector<std::optional<std::string>>& values) override {
    values.assign(keys.size(), std::nullopt);
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    rocksdb::ManagedSnapshot moment(db_.get());
    rocksdb::ReadOptions options;
    options.snapshot = moment.snapshot();
    db_->MultiGet(options,
                  db_->DefaultColumnFamily(),
                  keys.size(),
                  slices.data(),
                  found.data(),
                  statuses.data());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok())
        values[i] = found[i].ToString();
      else if (!statuses[i].IsNotFound())
        return describe("read", directory_, statuses[i]);
    }
    return {};
  }

  Status scan_from(std::string_view prefix, std::string_view from, const Visit& visit) override {
    // An iterator is a snapshot. A long scan must not push what queries use out of the cache.
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    const rocksdb::Slice with(prefix.data(), prefix.size());
    for (at->Seek({from.data(), from.size()}); at->Valid() && at->key().starts_with(with);
         at->Next())
      if (!visit(at->key().ToStringView(), at->value().ToStringView())) return {};
    return outcome("read", at->status());
  }

  Status compact() override {
    rocksdb::CompactRangeOptions options;
    // The last level too: erased values must leave the disk, not only be hidden.
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    return outcome("compact", db_->CompactRange(options, nullptr, nullptr));
  }

  std::uint64_t size_bytes() const override {
    // Files come and go while we look: one that is gone counts as nothing.
    std::uint64_t bytes = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator at(directory_, error), end; !error && at != end;
         at.increment(error)) {
      std::error_code gone;
      const auto size = at->file_size(gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }

 private:
  Status outcome(std::string_view action, const rocksdb::Status& status) const {
    if (status.ok()) return {};
    return describe(action, directory_, status);
  }

  std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_rocksdb_store(const std::string& directory,
                                                  const RocksdbConfig& config) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    return Error{
        fmt::format("cannot create the directory {} of the store: {}", directory, error.message())};
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options_of(config), directory, &db);
  if (!status.ok()) return describe("open", directory, status);
  return std::unique_ptr<Store>(
      std::make_unique<RocksdbStore>(directory, std::unique_ptr<rocksdb::DB>(db)));
}

}  // namespace millrace
