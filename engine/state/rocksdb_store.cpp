#include "engine/state/rocksdb_store.hpp"

#include "engine/base/check.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <filesystem>
#include <map>
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

std::string stages_of(const std::string& directory) { return directory + "/staged"; }

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
  options.bytes_per_sync =
      1U << 20;  // what a file leaves for its end, the journal's syncs wait for
  options.write_buffer_size = config.write_buffer_bytes;
  options.max_write_buffer_number = 3;
  options.compression = compression_type(config.compression);
  // Large values are in files of their own, which merging keys does not write again and again.
  options.enable_blob_files = true;
  options.min_blob_size = 2048;
  options.blob_file_size = std::uint64_t{64} << 20;
  options.blob_compression_type = options.compression;
  options.enable_blob_garbage_collection = true;
  options.blob_garbage_collection_age_cutoff = 1.0;
  options.blob_garbage_collection_force_threshold = 0.5;
  // What was kept without a log need not outlive the process; all else is in the log.
  options.avoid_flush_during_shutdown = true;
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
  table.block_cache = rocksdb::NewLRUCache(config.memory_bytes);
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(config.memory_bytes / 2, table.block_cache);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Indexes and filters count against the cache: memory stays bounded however large the store is.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// In memory until it is large, then in a table of RocksDB's own form.
class RocksdbStaged final : public StagedChanges {
 public:
  RocksdbStaged(std::string path, const rocksdb::Options& options, std::size_t memory_bytes)
      : path_(std::move(path)), options_(options), memory_bytes_(memory_bytes) {}
  ~RocksdbStaged() override {
    if (!writer_) return;
    writer_.reset();
    std::error_code gone;  // where a write has taken it
    std::filesystem::remove(path_, gone);
  }

  Status put(std::string_view key, std::string_view value) override {
    if (writer_) return outcome(writer_->Put(slice(key), slice(value)));
    set_.put(std::string(key), std::string(value));
    return added(key.size() + value.size());
  }
  Status remove(std::string_view key) override {
    if (writer_) return outcome(writer_->Delete(slice(key)));
    set_.remove(std::string(key));
    return added(key.size());
  }

  // What it holds if it has no file.
  const WriteSet& set() const { return set_; }
  bool has_file() const { return writer_ != nullptr; }
  bool empty() const { return !has_file() && set_.changes.empty(); }
  const std::string& path() const { return path_; }
  // Puts what it holds into the file. Precondition: it is not empty.
  Status to_file() {
    if (writer_) return {};
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options_);
    if (Status opened = outcome(writer_->Open(path_)); !opened) return opened;
    for (const auto& [key, value] : std::exchange(set_.changes, {}))
      if (Status done = value ? put(key, *value) : remove(key); !done) return done;
    return {};
  }
  // The file is then whole and synced.
  Status finish() {
    if (Status done = to_file(); !done) return done;
    return outcome(writer_->Finish());
  }

 private:
  static rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
  Status added(std::size_t bytes) {
    bytes_ += bytes;
    return bytes_ > memory_bytes_ ? to_file() : Status();
  }
  Status outcome(const rocksdb::Status& status) const {
    if (status.ok()) return {};
    return describe("write to", path_, status);
  }

  const std::string path_;
  const rocksdb::Options& options_;
  const std::size_t memory_bytes_;
  WriteSet set_;
  std::size_t bytes_ = 0;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
};

class RocksdbStore final : public Store {
 public:
  RocksdbStore(std::string directory,
               rocksdb::Options options,
               std::size_t stage_bytes,
               std::unique_ptr<rocksdb::DB> db)
      : directory_(std::move(directory)),
        options_(std::move(options)),
        stage_bytes_(stage_bytes),
        db_(std::move(db)) {}

  Status write(const WriteSet& changes) override {
    for (const auto& stage : changes.staged)
      if (static_cast<const RocksdbStaged&>(*stage).has_file()) return ingest(changes);
    rocksdb::WriteOptions options;
    options.sync = true;
    return write(changes, options);
  }

  Status keep(const WriteSet& changes) override {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return write(changes, options);
  }

  Result<std::unique_ptr<StagedChanges>> stage() override {
    return std::unique_ptr<StagedChanges>(make_stage());
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
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
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

  std::unique_ptr<RocksdbStaged> make_stage() {
    return std::make_unique<RocksdbStaged>(
        fmt::format("{}/{}.sst", stages_of(directory_), stages_.fetch_add(1)),
        options_,
        stage_bytes_);
  }

  Status write(const WriteSet& changes, const rocksdb::WriteOptions& options) {
    rocksdb::WriteBatch batch;
    rocksdb::Status status;
    const auto add = [&](const WriteSet& set) {
      for (const auto& [key, value] : set.changes)
        if (status.ok()) status = value ? batch.Put(key, *value) : batch.Delete(key);
    };
    add(changes);
    for (const auto& stage : changes.staged) add(static_cast<const RocksdbStaged&>(*stage).set());
    if (status.ok()) status = db_->Write(options, &batch);
    return outcome("write to", status);
  }

  // All as tables, which become part of the store by one entry in its list of files. Of two tables
  // the later one counts.
  Status ingest(const WriteSet& changes) {
    const std::unique_ptr<RocksdbStaged> first = make_stage();
    std::map<std::string_view, const std::optional<std::string>*> last;
    for (const auto& [key, value] : changes.changes) last[key] = &value;
    for (const auto& [key, value] : last)
      if (Status done = *value ? first->put(key, **value) : first->remove(key); !done) return done;
    std::vector<std::string> files;
    const auto finish = [&](RocksdbStaged& stage) {
      if (stage.empty()) return Status();
      files.push_back(stage.path());
      return stage.finish();
    };
    if (Status done = finish(*first); !done) return done;
    for (const auto& stage : changes.staged)
      if (Status done = finish(static_cast<RocksdbStaged&>(*stage)); !done) return done;
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    options.write_global_seqno = false;
    return outcome("write to", db_->IngestExternalFile(files, options));
  }

  std::string directory_;
  rocksdb::Options options_;
  std::size_t stage_bytes_;
  std::unique_ptr<rocksdb::DB> db_;
  std::atomic<std::uint64_t> stages_{0};
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
  const rocksdb::Options options = options_of(config);
  const auto status = rocksdb::DB::Open(options, directory, &db);
  if (!status.ok()) return describe("open", directory, status);
  auto made = std::make_unique<RocksdbStore>(
      directory, options, config.stage_bytes, std::unique_ptr<rocksdb::DB>(db));
  std::filesystem::remove_all(stages_of(directory), error);  // what a crash left
  std::filesystem::create_directory(stages_of(directory), error);
  if (error)
    return Error{fmt::format("cannot make a directory in {}: {}", directory, error.message())};
  return std::unique_ptr<Store>(std::move(made));
}

}  // namespace millrace
