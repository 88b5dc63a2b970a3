#include "engine/journal/format.hpp"

#include "engine/base/hash.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace millrace {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kSegmentMagic = "MILLJRNL";
constexpr std::string_view kSegmentSuffix = ".journal";
constexpr std::size_t kNameDigits = 20;

template <class T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

void write_segment_header(const SegmentHeader& header, char* into) {
  std::memcpy(into, kSegmentMagic.data(), kSegmentMagic.size());
  put(into + 8, kJournalVersion);
  put(into + 12, static_cast<std::uint32_t>(kSegmentHeaderBytes));
  put(into + 16, header.first);
  put(into + 24, to_millis(header.time));
  put(into + 32, header.salt);
  put(into + 40, hash64({into, 40}));
}

HeaderState read_segment_header(std::string_view bytes, SegmentHeader& header) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic))
    return HeaderState::kDamaged;
  if (get<std::uint64_t>(bytes, 40) != hash64(bytes.substr(0, 40))) return HeaderState::kDamaged;
  // Every version keeps these 48 bytes and their hash, so that an older program can tell.
  if (get<std::uint32_t>(bytes, 8) > kJournalVersion) return HeaderState::kNewer;
  header.first = get<std::uint64_t>(bytes, 16);
  header.time = from_millis(get<std::int64_t>(bytes, 24));
  header.salt = get<std::uint64_t>(bytes, 32);
  return HeaderState::kGood;
}

void write_group_header(const GroupHeader& header, std::uint64_t salt, char* into) {
  std::memset(into, 0, kGroupHeaderBytes);
  std::memcpy(into, kGroupMagic.data(), kGroupMagic.size());
  put(into + 4, static_cast<std::uint8_t>(header.codec));
  put(into + 8, header.first);
  put(into + 16, header.records);
  put(into + 20, header.raw);
  put(into + 24, header.stored);
  put(into + 32, header.acknowledged);
  put(into + 40, to_millis(header.last_time));
  put(into + 48, header.stored_hash);
  put(into + 56, hash64({into, 56}, salt));
}

bool read_group_header(std::string_view bytes, std::uint64_t salt, GroupHeader& header) {
  if (bytes.size() < kGroupHeaderBytes || !bytes.starts_with(kGroupMagic)) return false;
  if (get<std::uint64_t>(bytes, 56) != hash64(bytes.substr(0, 56), salt)) return false;
  const auto codec = get<std::uint8_t>(bytes, 4);
  header.codec = static_cast<Codec>(codec);
  header.first = get<std::uint64_t>(bytes, 8);
  header.records = get<std::uint32_t>(bytes, 16);
  header.raw = get<std::uint32_t>(bytes, 20);
  header.stored = get<std::uint32_t>(bytes, 24);
  header.acknowledged = get<std::uint64_t>(bytes, 32);
  header.last_time = from_millis(get<std::int64_t>(bytes, 40));
  header.stored_hash = get<std::uint64_t>(bytes, 48);
  return codec <= static_cast<std::uint8_t>(Codec::kZstd) && header.records > 0 &&
         header.raw <= kMaxRawBytes && header.stored <= header.raw && header.end() > header.first;
}

std::uint64_t segment_salt(std::string_view first_stored, Position first) {
  return hash64(first_stored, first);
}

std::string segment_name(Position first) {
  return fmt::format("{:0{}}{}", first, kNameDigits, kSegmentSuffix);
}

bool parse_segment_name(std::string_view name, Position& first) {
  if (name.size() != kNameDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix))
    return false;
  const char* end = name.data() + kNameDigits;
  const auto [stop, error] = std::from_chars(name.data(), end, first);
  return error == std::errc() && stop == end;
}

}  // namespace millrace
