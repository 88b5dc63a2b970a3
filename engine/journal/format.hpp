// The bytes of a segment file, version 1. Numbers are little-endian; hash is XXH3-64.
//
//   file     segment header, then groups without space between them
//
//   segment header, 48 bytes             group header, 64 bytes, then `stored` bytes
//    0  8  "MILLJRNL"                     0  4  "MRgr"
//    8  4  version, 1                     4  1  codec: 0 none, 1 LZ4 block, 2 zstd frame
//   12  4  48                             5  3  0
//   16  8  position of the first record   8  8  position of the first record
//   24  8  its time, ms since 1970       16  4  number of records
//   32  8  salt                          20  4  raw: bytes when unpacked
//   40  8  hash of bytes 0 to 39         24  4  stored: bytes that follow the header
//                                        28  4  0
//                                        32  8  acknowledged: every earlier position was accepted
//                                               before this group was written
//                                        40  8  time of the last record
//                                        48  8  hash of the stored bytes, seeded with the salt
//                                        56  8  hash of bytes 0 to 55, seeded with the salt
//
//   The unpacked bytes are described in block.hpp. A file is named by its first position, 20
//   digits, and `.journal`. Positions at or past the first of the next file are leftovers of a
//   failed write.
//
// The salt is the hash of the first group's stored bytes, seeded with the first position. Payloads
// come from strangers, who could send bytes that look like a group, in the hope that a reader that
// lost its place finds them; but they don't know the salt. And if either the segment header or the
// first group is damaged, the salt follows from the other.
//
// `acknowledged` tells a torn tail (never accepted: cut off) from a damaged middle (lost:
// reported).
//
// What may change: a new codec or record kind, or anything else that a version 1 reader would not
// understand, is a new version, and this version's readers then say so. They must go on reading
// version 1 for ever.
#pragma once

#include "engine/base/position.hpp"
#include "engine/base/time.hpp"
#include "engine/journal/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

inline constexpr std::uint32_t kJournalVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 48;
inline constexpr std::size_t kGroupHeaderBytes = 64;
inline constexpr std::string_view kGroupMagic = "MRgr";
inline constexpr std::uint32_t kMaxRawBytes = 33 << 20;  // two payloads of the greatest length

struct SegmentHeader {
  Position first = 0;
  Time time{};
  std::uint64_t salt = 0;
};

struct GroupHeader {
  Codec codec = Codec::kNone;
  Position first = 0;
  std::uint32_t records = 0;
  std::uint32_t raw = 0;
  std::uint32_t stored = 0;
  Position acknowledged = 0;
  Time last_time{};
  std::uint64_t stored_hash = 0;

  Position end() const { return first + records; }
  std::uint64_t bytes() const { return kGroupHeaderBytes + stored; }
};

enum class HeaderState : std::uint8_t { kGood, kDamaged, kNewer };

// `into` has kSegmentHeaderBytes.
void write_segment_header(const SegmentHeader& header, char* into);
HeaderState read_segment_header(std::string_view bytes, SegmentHeader& header);

// `into` has kGroupHeaderBytes.
void write_group_header(const GroupHeader& header, std::uint64_t salt, char* into);
// False unless `bytes` begin with an intact header of a possible group.
bool read_group_header(std::string_view bytes, std::uint64_t salt, GroupHeader& header);

std::uint64_t segment_salt(std::string_view first_stored, Position first);

// "00000000000000000042.journal".
std::string segment_name(Position first);
// False for a file that is not a segment.
bool parse_segment_name(std::string_view name, Position& first);

}  // namespace millrace
