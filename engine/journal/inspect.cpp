#include "engine/journal/inspect.hpp"

#include "engine/journal/group_scanner.hpp"
#include "engine/journal/segment.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace millrace {
namespace {

// One segment on its way through inspect() and repair().
class Walk {
 public:
  // `next` is the first position of the next segment, kNoPosition for the newest one.
  Walk(const OpenSegment& segment, Position first, Position next)
      : segment_(segment), next_(next), expected_(first) {
    report_.name = segment_name(first);
    report_.first = first;
    report_.bytes = segment.size;
    if (segment.state == HeaderState::kDamaged)
      report_.damage.push_back({Damage::Kind::kHeader,
                                report_.name,
                                0,
                                std::min<std::uint64_t>(segment.size, kSegmentHeaderBytes)});
  }

  // With `good`, collects the bytes of a segment of the good groups.
  Status run(std::string* good) {
    GroupScanner scanner(*segment_.file, segment_.header.salt, segment_.size);
    for (;;) {
      const auto found = scanner.next();
      if (!found.ok()) return found.error();
      if (*found == GroupScanner::Found::kEnd) break;
      const BlockRef block = *found == GroupScanner::Found::kGroup ? scanner.block() : BlockRef();
      if (block == nullptr) {
        note_bytes(scanner.offset(), scanner.next_offset());
      } else if (block->first() >= expected_ && block->end() <= next_) {
        add(*block, scanner.offset());
        if (good != nullptr) copy(scanner, *block, *good);
      }
    }
    report_.bytes -= scanner.unused();
    finish();
    return {};
  }

  SegmentReport take() { return std::move(report_); }

 private:
  void note_bytes(std::uint64_t from, std::uint64_t to) {
    if (pending_ == nullptr) {
      report_.damage.push_back({Damage::Kind::kBytes, report_.name, from, 0, expected_, 0});
      pending_ = &report_.damage.back();
    }
    pending_->bytes += to - from;
  }

  void note_positions(Position end, std::uint64_t offset) {
    if (end <= expected_) return;
    if (pending_ != nullptr)
      pending_->count = end - expected_;
    else
      report_.damage.push_back(
          {Damage::Kind::kMissing, report_.name, offset, 0, expected_, end - expected_});
  }

  void add(const Block& block, std::uint64_t offset) {
    note_positions(block.first(), offset);
    pending_ = nullptr;
    expected_ = block.end();
    ++report_.groups;
    report_.raw_bytes += block.encoded().size();
    for (const Record& record : block.records()) {
      ++report_.records[static_cast<std::size_t>(record.kind) - 1];
      report_.oldest = std::min(report_.oldest, record.time);
      report_.newest = std::max(report_.newest, record.time);
    }
  }

  void copy(const GroupScanner& scanner, const Block& block, std::string& good) const {
    if (good.empty()) {
      good.resize(kSegmentHeaderBytes);
      SegmentHeader header = segment_.header;
      header.first = report_.first;
      if (header.time == kNever) header.time = block.records().front().time;
      write_segment_header(header, good.data());
    }
    const std::size_t at = good.size();
    good.resize(at + kGroupHeaderBytes);
    write_group_header(scanner.header(), segment_.header.salt, good.data() + at);
    good.append(scanner.stored());
  }

  void finish() {
    if (next_ == kNoPosition) {
      if (pending_ != nullptr) pending_->kind = Damage::Kind::kTail;
    } else if (pending_ != nullptr && expected_ == next_) {
      // Nothing is missing: this is the rest of a failed write, which was done again in the next
      // file.
      report_.damage.pop_back();
    } else {
      note_positions(next_, segment_.size);
    }
    report_.end = next_ == kNoPosition ? expected_ : next_;
  }

  const OpenSegment& segment_;
  Position next_;
  Position expected_;
  SegmentReport report_;
  Damage* pending_ = nullptr;  // the damage that was found last, if no good group followed yet
};

Position first_after(const std::vector<Position>& segments, std::size_t i) {
  return i + 1 < segments.size() ? segments[i + 1] : kNoPosition;
}

Result<SegmentReport> look_at(
    Files& files, const std::string& directory, Position first, Position next, std::string* good) {
  const auto segment = open_segment(files, directory, first);
  if (!segment.ok()) return segment.error();
  Walk walk(*segment, first, next);
  if (auto status = walk.run(good); !status.ok()) return status.error();
  return walk.take();
}

std::uint64_t lost_in(const SegmentReport& segment) {
  std::uint64_t lost = 0;
  for (const Damage& damage : segment.damage) lost += damage.count;
  return lost;
}

bool has_damaged_bytes(const std::vector<Damage>& damage) {
  return std::any_of(damage.begin(), damage.end(), [](const Damage& one) {
    return one.kind != Damage::Kind::kMissing;
  });
}

// The original is copied first: at no moment is a good group in no file.
Status mend(Files& files, const std::string& path, const std::string& good) {
  const auto original = read_file(files, path, ~std::uint64_t{0});
  if (!original.ok()) return original.error();
  const std::string kept = path + std::string(kDamagedSuffix);
  if (auto status = replace_file(files, kept, *original); !status.ok()) return status;
  if (!good.empty()) return replace_file(files, path, good);
  if (auto status = files.remove(path); !status.ok()) return status;
  return files.sync_directory(parent_directory(path));
}

}  // namespace

std::uint64_t SegmentReport::record_count() const {
  return std::accumulate(records.begin(), records.end(), std::uint64_t{0});
}

double SegmentReport::ratio() const {
  return bytes == 0 ? 0 : static_cast<double>(raw_bytes) / static_cast<double>(bytes);
}

bool Verification::sound() const { return !has_damaged_bytes(damage); }

Result<JournalReport> inspect(Files& files, const std::string& directory) {
  const auto segments = list_segments(files, directory);
  if (!segments.ok()) return segments.error();
  const auto names = files.list(directory);
  if (!names.ok()) return names.error();
  JournalReport report;
  for (const std::string& name : *names)
    if (name.ends_with(kDamagedSuffix)) report.set_aside.push_back(name);
  for (std::size_t i = 0; i < segments->size(); ++i) {
    auto segment = look_at(files, directory, (*segments)[i], first_after(*segments, i), nullptr);
    if (!segment.ok()) return segment.error();
    report.segments.push_back(std::move(segment).value());
  }
  return report;
}

Result<Verification> verify(Files& files, const std::string& directory) {
  const auto report = inspect(files, directory);
  if (!report.ok()) return report.error();
  Verification result;
  for (const SegmentReport& segment : report->segments) {
    result.segments += 1;
    result.groups += segment.groups;
    result.records += segment.record_count();
    result.lost += lost_in(segment);
    result.damage.insert(result.damage.end(), segment.damage.begin(), segment.damage.end());
  }
  return result;
}

Result<Repair> repair(Files& files, const std::string& directory) {
  const auto lock = files.lock(directory + "/" + std::string(kLockName));
  if (!lock.ok()) return lock.error();
  const auto segments = list_segments(files, directory);
  if (!segments.ok()) return segments.error();
  Repair result;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    std::string good;
    const auto segment =
        look_at(files, directory, (*segments)[i], first_after(*segments, i), &good);
    if (!segment.ok()) return segment.error();
    result.lost += lost_in(*segment);
    result.damage.insert(result.damage.end(), segment->damage.begin(), segment->damage.end());
    if (!has_damaged_bytes(segment->damage)) continue;
    const Status mended = mend(files, segment_path(directory, (*segments)[i]), good);
    if (!mended.ok()) return mended.error();
    result.kept.push_back(segment->name + std::string(kDamagedSuffix));
  }
  return result;
}

}  // namespace millrace
