// Walks through the groups of one segment file, whatever state it is in: finds its place again
// after damage, and never trusts a byte that a hash does not cover. One thread at a time.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/block.hpp"
#include "engine/journal/format.hpp"

#include <cstdint>
#include <string_view>

namespace millrace {

class GroupScanner {
 public:
  enum class Found : std::uint8_t {
    kGroup,   // header() and stored() are intact
    kDamage,  // the bytes from offset() to next_offset() are no intact group
    kEnd,     // nothing but room that was not used, if anything
  };

  // Reads bytes up to `end`. `file` outlives the scanner.
  GroupScanner(const File& file, std::uint64_t salt, std::uint64_t end)
      : file_(file), salt_(salt), end_(end) {}

  // The file has grown.
  void extend(std::uint64_t end) { end_ = end; }

  // An error is a disk that does not answer at all; bytes that it can't read are damage.
  Result<Found> next();

  // Passes over groups that end at or before `position`, reading only their headers.
  Status skip_to(Position position);

  const GroupHeader& header() const { return header_; }
  std::string_view stored() const;  // until the next call
  std::uint64_t offset() const { return offset_; }
  std::uint64_t next_offset() const { return next_; }
  // At the end: how much of the file was never used.
  std::uint64_t unused() const { return end_ - offset_; }
  bool unreadable() const { return unreadable_; }  // the disk refused some bytes so far

  // The records of the group just found; null when they can't be unpacked.
  BlockRef block() const;

 private:
  Status load(std::uint64_t offset, std::uint64_t bytes);
  Status load_pieces(std::uint64_t offset, std::span<char> into);
  std::string_view loaded(std::uint64_t offset) const;
  bool has(std::uint64_t offset, std::uint64_t bytes) const;
  Result<bool> header_at(std::uint64_t offset);
  Result<std::uint64_t> find_header(std::uint64_t from);
  Result<bool> only_zeros(std::uint64_t from);

  const File& file_;
  std::uint64_t salt_;
  std::uint64_t end_;
  std::uint64_t offset_ = kSegmentHeaderBytes;
  std::uint64_t next_ = kSegmentHeaderBytes;
  GroupHeader header_;
  Buffer window_;
  std::uint64_t window_offset_ = 0;
  bool unreadable_ = false;
};

}  // namespace millrace
