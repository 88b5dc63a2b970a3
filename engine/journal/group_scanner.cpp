#include "engine/journal/group_scanner.hpp"

#include "engine/base/hash.hpp"
#include "engine/journal/compression.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr std::uint64_t kWindow = 256 << 10;
constexpr std::uint64_t kPiece = 4096;

}  // namespace

Result<GroupScanner::Found> GroupScanner::next() {
  offset_ = next_;
  if (offset_ >= end_) return Found::kEnd;
  const auto intact = header_at(offset_);
  if (!intact.ok()) return intact.error();
  if (!*intact) {
    const auto found = find_header(offset_ + 1);
    if (!found.ok()) return found.error();
    next_ = *found;
    if (next_ < end_) return Found::kDamage;
    const auto unused = only_zeros(offset_);
    if (!unused.ok()) return unused.error();
    return *unused ? Found::kEnd : Found::kDamage;
  }
  if (end_ - offset_ < header_.bytes()) {
    next_ = end_;
    return Found::kDamage;
  }
  if (auto status = load(offset_, header_.bytes()); !status.ok()) return status.error();
  next_ = offset_ + header_.bytes();
  return hash64(stored(), salt_) == header_.stored_hash ? Found::kGroup : Found::kDamage;
}

Status GroupScanner::skip_to(Position position) {
  while (end_ - std::min(next_, end_) >= kGroupHeaderBytes) {
    const auto intact = header_at(next_);
    if (!intact.ok()) return intact.error();
    if (!*intact || header_.end() > position || header_.bytes() > end_ - next_) break;
    next_ += header_.bytes();
  }
  return {};
}

std::string_view GroupScanner::stored() const {
  return loaded(offset_).substr(kGroupHeaderBytes, header_.stored);
}

BlockRef GroupScanner::block() const {
  Buffer raw;
  raw.reserve(header_.raw + kPayloadPadding);
  raw.resize(header_.raw);
  if (!unpack(header_.codec, stored(), {raw.data(), raw.size()})) return nullptr;
  return Block::decode(header_.first, header_.records, std::move(raw));
}

std::string_view GroupScanner::loaded(std::uint64_t offset) const {
  return window_.view().substr(offset - window_offset_);
}

bool GroupScanner::has(std::uint64_t offset, std::uint64_t bytes) const {
  return offset >= window_offset_ && offset + bytes <= window_offset_ + window_.size();
}

// Makes `bytes` at `offset`, which must not go past the end, readable through loaded().
Status GroupScanner::load(std::uint64_t offset, std::uint64_t bytes) {
  if (has(offset, bytes)) return {};
  window_.clear();
  window_.resize(std::min(std::max(bytes, kWindow), end_ - offset));
  window_offset_ = offset;
  const std::span<char> into(window_.data(), window_.size());
  const auto count = file_.read_at(offset, into);
  if (!count.ok()) {
    auto status = load_pieces(offset, into);
    if (!status.ok()) window_.clear();
    return status;
  }
  // A file shorter than its known length has lost its end: zeros are damage like any other.
  std::fill(into.begin() + static_cast<std::ptrdiff_t>(*count), into.end(), '\0');
  return {};
}

// A bad sector fails the whole read: what lies around it is still wanted.
Status GroupScanner::load_pieces(std::uint64_t offset, std::span<char> into) {
  bool any = false;
  for (std::size_t at = 0; at < into.size(); at += kPiece) {
    const auto piece = into.subspan(at, std::min<std::size_t>(kPiece, into.size() - at));
    const auto count = file_.read_at(offset + at, piece);
    any = any || count.ok();
    unreadable_ = unreadable_ || !count.ok();
    std::fill(piece.begin() + static_cast<std::ptrdiff_t>(count.ok() ? *count : 0), piece.end(), 0);
  }
  if (any) return {};
  // Nothing at all: is it this place, or the disk?
  char first = 0;
  const auto count = file_.read_at(0, {&first, 1});
  return count.ok() ? Status() : count.error();
}

Result<bool> GroupScanner::header_at(std::uint64_t offset) {
  if (end_ - offset < kGroupHeaderBytes) return false;
  if (auto status = load(offset, kGroupHeaderBytes); !status.ok()) return status.error();
  return read_group_header(loaded(offset), salt_, header_);
}

// Whether nothing was ever written from `from` on: see OpenMode::kCreateLog.
Result<bool> GroupScanner::only_zeros(std::uint64_t from) {
  while (from < end_) {
    if (auto status = load(from, 1); !status.ok()) return status.error();
    const std::string_view bytes = loaded(from);
    if (bytes.find_first_not_of('\0') != std::string_view::npos) return false;
    from += bytes.size();
  }
  return !unreadable_;
}

// The next intact header at or after `from`, or the end.
Result<std::uint64_t> GroupScanner::find_header(std::uint64_t from) {
  while (from < end_ && end_ - from >= kGroupHeaderBytes) {
    if (auto status = load(from, kGroupHeaderBytes); !status.ok()) return status.error();
    const std::string_view bytes = loaded(from);
    const auto found = bytes.find(kGroupMagic);
    if (found == std::string_view::npos) {
      from += bytes.size() - (kGroupMagic.size() - 1);
      continue;
    }
    from += found;
    const auto intact = header_at(from);
    if (!intact.ok()) return intact.error();
    if (*intact) return from;
    ++from;
  }
  return end_;
}

}  // namespace millrace
