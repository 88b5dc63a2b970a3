#include "engine/journal/segment.hpp"

#include "engine/journal/block.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

// The header is damaged: the first group, taken at its word, gives a salt that must then verify it.
bool recover_salt(const OpenSegment& segment, Position first, std::uint64_t& salt) {
  Buffer bytes(kGroupHeaderBytes);
  auto count = segment.file->read_at(kSegmentHeaderBytes, {bytes.data(), bytes.size()});
  if (!count.ok() || *count < kGroupHeaderBytes) return false;
  std::uint32_t stored = 0;
  std::memcpy(&stored, bytes.data() + 24, sizeof stored);
  if (stored > kMaxRawBytes || stored > segment.size) return false;
  bytes.resize(kGroupHeaderBytes + stored);
  count = segment.file->read_at(kSegmentHeaderBytes, {bytes.data(), bytes.size()});
  if (!count.ok() || *count < bytes.size()) return false;
  salt = segment_salt(bytes.view().substr(kGroupHeaderBytes), first);
  GroupHeader header;
  return read_group_header(bytes.view(), salt, header);
}

}  // namespace

std::string segment_path(const std::string& directory, Position first) {
  return directory + "/" + segment_name(first);
}

Result<std::vector<Position>> list_segments(Files& files, const std::string& directory) {
  const auto names = files.list(directory);
  if (!names.ok()) return names.error();
  std::vector<Position> segments;
  Position first = 0;
  for (const std::string& name : *names)
    if (parse_segment_name(name, first)) segments.push_back(first);
  std::sort(segments.begin(), segments.end());
  return segments;
}

Result<OpenSegment> open_segment(Files& files, const std::string& directory, Position first) {
  const std::string path = segment_path(directory, first);
  OpenSegment segment;
  auto file = files.open(path, OpenMode::kRead);
  if (!file.ok()) return file.error();
  segment.file = std::move(file).value();
  const auto size = segment.file->size();
  if (!size.ok()) return size.error();
  segment.size = *size;
  std::string bytes(kSegmentHeaderBytes, '\0');
  // Unreadable bytes are damage too.
  const auto count = segment.file->read_at(0, bytes);
  bytes.resize(count.ok() ? *count : 0);
  segment.state = read_segment_header(bytes, segment.header);
  if (segment.state == HeaderState::kNewer)
    return Error{fmt::format("{} was written by a newer version of Millrace", path)};
  if (segment.state == HeaderState::kDamaged) {
    segment.header = {first, kNever, 0};
    segment.salted = recover_salt(segment, first, segment.header.salt);
  }
  return segment;
}

bool longer_apart(Time from, Time to, Duration limit) {
  std::int64_t millis = 0;
  if (from == kNever || __builtin_sub_overflow(to_millis(to), to_millis(from), &millis))
    return false;
  return millis > limit.count();
}

}  // namespace millrace
