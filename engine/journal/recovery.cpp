#include "engine/journal/recovery.hpp"

#include "engine/journal/group_scanner.hpp"
#include "engine/journal/segment.hpp"

#include <algorithm>

namespace millrace {
namespace {

Status set_aside(Files& files, const std::string& directory, Position first, Recovery& recovery) {
  const std::string path = segment_path(directory, first);
  const std::string aside = path + std::string(kDamagedSuffix);
  ++recovery.set_aside;
  return files.rename(path, aside);
}

// Files set aside are of use as long as the positions around them are kept. An unfinished copy
// means that its segment could not be synced, and that the copy still has to be made.
Status look_at_leftovers(Files& files, const std::string& directory, Recovery& recovery) {
  const auto names = files.list(directory);
  if (!names.ok()) return names.error();
  const Position kept = recovery.segments.empty() ? 0 : recovery.segments.front().first;
  for (const std::string& name : *names) {
    const std::string_view segment = std::string_view(name).substr(0, name.rfind('.'));
    Position first = 0;
    if (!parse_segment_name(segment, first)) continue;
    if (name.ends_with(kReplacementSuffix)) recovery.unsafe.push_back(first);
    if (name.ends_with(kDamagedSuffix) && first < kept)
      if (auto status = files.remove(directory + "/" + name); !status.ok()) return status;
  }
  return {};
}

// The newest segment may be in the page cache only: what readers are going to see must be durable.
// After a failed sync another one proves nothing, so the bytes are written again, to another file.
Status cut_and_sync(Files& files, const std::string& path, std::uint64_t bytes, bool cut) {
  auto file = files.open(path, OpenMode::kAppend);
  if (!file.ok()) return file.error();
  if (cut)
    if (auto status = (*file)->truncate(bytes); !status.ok()) return status;
  if ((*file)->sync().ok()) return {};
  const auto contents = read_file(files, path, ~std::uint64_t{0});
  return contents.ok() ? replace_file(files, path, *contents) : contents.error();
}

// Looks into the newest segment. False when it holds no good group and is out of the way.
Result<bool> recover_newest(Files& files,
                            const std::string& directory,
                            Position first,
                            Recovery& recovery) {
  const auto segment = open_segment(files, directory, first);
  if (!segment.ok()) return segment.error();
  const auto tail = scan_tail(*segment->file, segment->header, segment->size);
  if (!tail.ok()) return tail.error();
  recovery.end = std::max({recovery.end, first, tail->end});
  const std::string path = segment_path(directory, first);
  const std::uint64_t used = segment->size - tail->unused_bytes;
  if (tail->groups == 0) {
    recovery.truncated_bytes += used;
    const Status status = used <= kSegmentHeaderBytes
                              ? files.remove(path)
                              : set_aside(files, directory, first, recovery);
    if (!status.ok()) return status.error();
    return false;
  }
  recovery.damaged_bytes += tail->damaged_bytes;
  recovery.truncated_bytes += used - tail->good_bytes;
  // What the disk would not give now it may give later: then nothing is cut, only left behind.
  const bool cut = tail->good_bytes < segment->size && !tail->unreadable;
  if (auto status = cut_and_sync(files, path, tail->good_bytes, cut); !status.ok())
    return status.error();
  recovery.segments.push_back(
      {0, first, tail->good_bytes, std::min(segment->header.time, tail->first_time)});
  return true;
}

}  // namespace

Result<Recovery> recover(Files& files, const std::string& directory) {
  auto segments = list_segments(files, directory);
  if (!segments.ok()) return segments.error();
  Recovery recovery;
  while (!segments->empty()) {
    const auto good = recover_newest(files, directory, segments->back(), recovery);
    if (!good.ok()) return good.error();
    segments->pop_back();
    if (*good) break;
  }
  for (auto first = segments->rbegin(); first != segments->rend(); ++first) {
    const auto segment = open_segment(files, directory, *first);
    if (!segment.ok()) return segment.error();
    recovery.segments.push_back({0, *first, segment->size, segment->header.time});
  }
  std::reverse(recovery.segments.begin(), recovery.segments.end());
  for (std::size_t i = 0; i < recovery.segments.size(); ++i) recovery.segments[i].id = i;
  if (auto status = look_at_leftovers(files, directory, recovery); !status.ok())
    return status.error();
  if (auto status = files.sync_directory(directory); !status.ok()) return status.error();
  return recovery;
}

Result<TailScan> scan_tail(const File& file, const SegmentHeader& header, std::uint64_t size) {
  TailScan good;
  good.end = header.first;
  TailScan scan = good;  // with the damage at `good.end`, and what follows it
  GroupScanner scanner(file, header.salt, size);
  for (;;) {
    const auto found = scanner.next();
    if (!found.ok()) return found.error();
    good.unreadable = scanner.unreadable();
    if (*found == GroupScanner::Found::kEnd) {
      good.unused_bytes = scanner.unused();
      return good;
    }
    if (*found == GroupScanner::Found::kDamage) {
      scan.damaged_bytes += scanner.next_offset() - scanner.offset();
      continue;
    }
    const GroupHeader& group = scanner.header();
    scan.good_bytes = scanner.next_offset();
    scan.groups += 1;
    scan.end = std::max(scan.end, group.end());
    if (scan.first_time == kNever) scan.first_time = group.last_time;
    // No damage so far, or damage to what this group's writer knew to be accepted.
    const bool whole = scan.damaged_bytes == good.damaged_bytes;
    if (whole || group.acknowledged > good.end) good = scan;
  }
}

}  // namespace millrace
