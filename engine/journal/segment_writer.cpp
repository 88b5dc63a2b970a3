#include "engine/journal/segment_writer.hpp"

#include "engine/base/hash.hpp"
#include "engine/journal/segment.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

// Age limits are kept by whole files: a file spans no more than this part of the limit.
constexpr int kFilesPerAge = 8;

}  // namespace

SegmentWriter::SegmentWriter(Files& files,
                             std::string directory,
                             const JournalConfig& config,
                             const Recovery& recovery)
    : files_(files),
      directory_(std::move(directory)),
      config_(config),
      compressor_(config.codec),
      next_id_(recovery.segments.size()),
      unsafe_(recovery.unsafe) {}

Status SegmentWriter::write(std::span<const BlockRef> blocks, Position acknowledged) {
  // Under Ack::kSynced a failure must come before the write, or what is refused would be in the
  // file.
  if (config_.ack == Ack::kSynced)
    if (auto status = rescue(); !status.ok()) return status;
  const Record& first = blocks.front()->records().front();
  if (file_ != nullptr && full(first.time)) close();
  const bool fresh = file_ == nullptr;
  encode(blocks, acknowledged, fresh);
  if (fresh) {
    if (auto status = create(segment_path(directory_, first.position)); !status.ok()) return status;
    entry_ = {next_id_++, first.position, 0, first.time};
    synced_bytes_ = 0;
  }
  if (auto status = file_->append(out_.view()); !status.ok()) {
    give_up();
    return status;
  }
  entry_.bytes += out_.size();
  return {};
}

Status SegmentWriter::sync() {
  if (file_ == nullptr || (named_ && synced_bytes_ == entry_.bytes)) return rescue();
  Status status = file_->sync();
  if (status.ok() && !named_) status = files_.sync_directory(directory_);
  if (status.ok()) {
    synced_bytes_ = entry_.bytes;
    named_ = true;
  } else if (config_.ack == Ack::kSynced) {
    entry_.bytes = synced_bytes_;
    give_up();
    return status;
  } else {
    file_ = nullptr;
    unsafe_.push_back(entry_.first);
  }
  return rescue();
}

void SegmentWriter::close() {
  // Under Ack::kSynced nothing is left to sync. Otherwise a failure is remembered in `unsafe_`.
  if (file_ != nullptr) (void)sync();
  file_ = nullptr;
}

bool SegmentWriter::full(Time time) const {
  if (entry_.bytes >= config_.segment.bytes) return true;
  return config_.retain_for.count() > 0 &&
         longer_apart(entry_.time, time, config_.retain_for / kFilesPerAge);
}

void SegmentWriter::encode(std::span<const BlockRef> blocks, Position acknowledged, bool fresh) {
  out_.resize(fresh ? kSegmentHeaderBytes : 0);  // filled in after the first group
  for (const BlockRef& block : blocks) {
    const std::string_view raw = block->encoded();
    const std::size_t at = out_.size();
    out_.resize(at + kGroupHeaderBytes + Compressor::bound(raw.size()));
    char* const header_at = out_.data() + at;
    char* const stored_at = header_at + kGroupHeaderBytes;
    std::size_t stored = compressor_.pack(raw, stored_at);
    const Codec codec = stored > 0 ? config_.codec : Codec::kNone;
    if (stored == 0) stored = raw.copy(stored_at, raw.size());
    if (fresh && at == kSegmentHeaderBytes) {
      const Record& first = block->records().front();
      salt_ = segment_salt({stored_at, stored}, first.position);
      write_segment_header({first.position, first.time, salt_}, out_.data());
    }
    write_group_header({codec,
                        block->first(),
                        static_cast<std::uint32_t>(block->records().size()),
                        static_cast<std::uint32_t>(raw.size()),
                        static_cast<std::uint32_t>(stored),
                        acknowledged,
                        block->records().back().time,
                        hash64({stored_at, stored}, salt_)},
                       salt_,
                       header_at);
    out_.resize(at + kGroupHeaderBytes + stored);
  }
}

Status SegmentWriter::create(const std::string& path) {
  named_ = false;
  auto file = files_.open(path, OpenMode::kCreateLog);
  if (!file.ok() && file.error().fault != Fault::kFull) {
    // A file of this name can only be the rest of a write that failed: positions are given once.
    if (files_.remove(path).ok()) file = files_.open(path, OpenMode::kCreateLog);
  }
  if (!file.ok()) return file.error();
  file_ = std::move(file).value();
  return {};
}

// Whatever follows the good bytes is ignored by readers, since the next segment begins at its
// position. To cut it off is for the sake of space, and may fail.
void SegmentWriter::give_up() {
  if (entry_.bytes == 0) {
    file_ = nullptr;
    (void)files_.remove(segment_path(directory_, entry_.first));
    return;
  }
  (void)file_->truncate(entry_.bytes);
  close();
}

// After a failed sync the pages count as clean although they may not be on disk; they can still be
// read, so they are written again, to another file. Should that fail too, and the process die, the
// unfinished copy tells the next one.
Status SegmentWriter::rescue() {
  while (!unsafe_.empty()) {
    const std::string path = segment_path(directory_, unsafe_.back());
    const auto bytes = read_file(files_, path, ~std::uint64_t{0});
    if (!bytes.ok() && bytes.error().fault != Fault::kMissing) return bytes.error();
    if (bytes.ok()) {
      if (auto status = replace_file(files_, path, *bytes); !status.ok()) return status;
    } else {
      (void)files_.remove(path + std::string(kReplacementSuffix));
    }
    unsafe_.pop_back();
  }
  return {};
}

}  // namespace millrace
