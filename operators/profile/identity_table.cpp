#include "operators/profile/identity_table.hpp"

#include "engine/base/check.hpp"
#include "engine/base/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace millrace {
namespace {

constexpr std::size_t kIdsOfEventMax = 32;
constexpr std::size_t kCellsMin = 64;

// A saved record: changes in the order in which they happened, then 8 bytes hash of all that.
//   kLink, kLinkUser   8 bytes and a varint identifier, varint profile; one more than there are
//                      makes it
//   kMerge             varint profile that goes, varint profile that stays
enum Change : std::uint8_t { kLink = 1, kLinkUser = 2, kMerge = 3 };

std::string record_key(std::string_view prefix, std::uint64_t number) {
  std::string key(prefix);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift));
  return key;
}

}  // namespace

IdentityTable::IdentityTable(const IdentityLimits& limits)
    : limits_(limits), cells_(kCellsMin), profiles_(1), merged_(1) {
  CHECK(limits.ids_max > 0 && limits.merges_max < 65'536);
}

// Where the identifier is, or where it would be put.
std::size_t IdentityTable::slot_of(const Cell& wanted) const {
  std::size_t at = home(wanted);
  while (cells_[at].profile != 0 && !cells_[at].holds(wanted))
    at = at + 1 < cells_.size() ? at + 1 : 0;
  return at;
}

IdentityTable::Number IdentityTable::root(Number profile) const {
  while (is_merged(profile)) profile = profiles_[profile].ids;
  return profile;
}

ProfileId IdentityTable::find(const Hash128& hash) const {
  const Number profile = cells_[slot_of(cell_of(hash))].profile;
  return profile == 0 ? kNoProfile : root(profile);
}

bool IdentityTable::resolve(std::span<const IdentityKey> ids, Resolution& out) {
  CHECK(!ids.empty() && ids.size() <= kIdsOfEventMax);
  out.profile = kNoProfile;
  out.created = false;
  out.merges.clear();
  out.linked = out.links_refused = out.merges_refused = 0;
  std::array<Candidate, kIdsOfEventMax> found;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    found[i].cell = cell_of(ids[i].hash);
    __builtin_prefetch(&cells_[home(found[i].cell)]);
  }
  bool agree = true;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Cell& cell = cells_[slot_of(found[i].cell)];
    // Shortens the way for the next time.
    if (cell.profile != 0 && is_merged(cell.profile)) cell.profile = root(cell.profile);
    found[i].profile = cell.profile;
    agree = agree && found[i].profile == found[0].profile;
  }
  if (agree && found[0].profile != 0) {
    out.profile = found[0].profile;
    return true;
  }
  const Number owner = settle(ids, found.data(), out);
  return link_new(ids, found.data(), owner, out);
}

bool IdentityTable::is_person(Number profile, bool brings_user) const {
  return brings_user || (profile != 0 && profiles_[profile].user);
}

bool IdentityTable::may_merge(Number a, Number b) const {
  return profiles_[a].ids + profiles_[b].ids <= limits_.ids_max &&
         profiles_[a].merges + profiles_[b].merges + 1U <= limits_.merges_max;
}

// Whose the event is, 0 for nobody's yet, after the merges that it tells of.
IdentityTable::Number IdentityTable::settle(std::span<const IdentityKey> ids,
                                            Candidate* found,
                                            Resolution& out) {
  bool brings_user = false;
  for (std::size_t i = 0; i < ids.size(); ++i)
    brings_user = brings_user || (ids[i].user && found[i].profile == 0);
  Number owner = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (found[i].profile == 0) continue;
    const Number other = root(found[i].profile);  // an earlier merge may have moved it
    if (other == owner) continue;
    const bool two_people = is_person(owner, brings_user) && profiles_[other].user && !ids[i].same;
    if (two_people) continue;
    if (owner == 0) {
      owner = other;
    } else if (may_merge(owner, other)) {
      const Number survivor = merge(owner, other);
      out.merges.push_back({owner ^ other ^ survivor, survivor});
      owner = survivor;
    } else {
      ++out.merges_refused;
    }
  }
  return owner;
}

bool IdentityTable::link_new(std::span<const IdentityKey> ids,
                             const Candidate* found,
                             Number owner,
                             Resolution& out) {
  if (owner == 0 && ids_ >= limits_.ids_total_max) return false;
  if (owner == 0) {
    owner = make_profile();
    out.created = true;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (found[i].profile != 0) continue;
    if (profiles_[owner].ids >= limits_.ids_max || ids_ >= limits_.ids_total_max) {
      ++out.links_refused;
    } else {
      link(found[i].cell, owner, ids[i].user);
      out.linked |= 1U << i;
    }
  }
  out.profile = owner;
  return true;
}

IdentityTable::Number IdentityTable::make_profile() {
  const auto made = static_cast<Number>(profiles_.size());
  profiles_.emplace_back();
  if (merged_.size() * 64 <= made) merged_.push_back(0);
  return made;
}

// Precondition: the identifier is not there.
void IdentityTable::link(Cell cell, Number profile, bool user) {
  if ((ids_ + 1) * 4 > cells_.size() * 3) grow();
  cell.profile = profile;
  cells_[slot_of(cell)] = cell;
  ++ids_;
  ++profiles_[profile].ids;
  profiles_[profile].user |= user;

  ByteWriter log(log_);
  log.byte(user ? kLinkUser : kLink);
  log.fixed64(cell.place);
  log.varint(cell.rest);
  log.varint(profile);
}

// Precondition: both exist and are two. The older survives.
IdentityTable::Number IdentityTable::merge(Number a, Number b) {
  const auto [into, from] = std::minmax(a, b);
  profiles_[into].ids += profiles_[from].ids;
  profiles_[into].merges =
      static_cast<std::uint16_t>(profiles_[into].merges + profiles_[from].merges + 1);
  profiles_[into].user |= profiles_[from].user;
  profiles_[from] = {.ids = into};
  merged_[from / 64] |= std::uint64_t{1} << (from % 64);
  ++merges_;

  ByteWriter log(log_);
  log.byte(kMerge);
  log.varint(from);
  log.varint(into);
  return into;
}

// Half as much again. Cells keep their order, so that this reads and writes memory in sequence; on
// the way, identifiers of profiles that were merged learn who they belong to now.
void IdentityTable::grow() {
  std::vector<Cell> old(cells_.size() + cells_.size() / 2);
  old.swap(cells_);
  for (Cell cell : old) {
    if (cell.profile == 0) continue;
    cell.profile = root(cell.profile);
    cells_[slot_of(cell)] = cell;
  }
}

std::size_t IdentityTable::memory_bytes() const {
  return cells_.capacity() * sizeof(Cell) + profiles_.capacity() * sizeof(Profile) +
         merged_.capacity() * sizeof(std::uint64_t) + log_.capacity();
}

void IdentityTable::save(std::string_view prefix, WriteSet& changes) {
  if (log_.empty()) return;
  ByteWriter(log_).fixed64(hash64(log_));
  changes.put(record_key(prefix, records_++), std::move(log_));
  log_ = {};
}

Status IdentityTable::restore(std::string_view prefix, Store& from) {
  CHECK(ids_ == 0);
  bool good = true;
  const Status read = from.scan(prefix, [&](std::string_view key, std::string_view record) {
    good = key == record_key(prefix, records_) && record.size() > 8;
    if (!good) return false;
    ++records_;
    const std::string_view log = record.substr(0, record.size() - 8);
    good = ByteReader(record.substr(log.size())).fixed64() == hash64(log) && replay(log);
    return good;
  });
  log_ = {};
  if (!read) return read;
  if (!good)
    return Error{
        "the identities in the checkpoint are damaged; restore the data directory from a copy, or "
        "remove its checkpoint so that it is made again from the journal"};
  return {};
}

bool IdentityTable::exists(std::uint64_t profile) const {
  return profile > 0 && profile < profiles_.size() && !is_merged(static_cast<Number>(profile));
}

bool IdentityTable::replay_merge(ByteReader& from) {
  const std::uint64_t gone = from.varint();
  const std::uint64_t into = from.varint();
  if (!from.ok() || gone <= into || !exists(gone) || !exists(into)) return false;
  if (profiles_[gone].merges + profiles_[into].merges >= 65'535) return false;
  merge(static_cast<Number>(gone), static_cast<Number>(into));
  return true;
}

bool IdentityTable::replay_link(ByteReader& from, bool user) {
  Cell cell;
  cell.place = from.fixed64();
  const std::uint64_t rest = from.varint();
  cell.rest = static_cast<std::uint32_t>(rest);
  const std::uint64_t profile = from.varint();
  if (!from.ok() || rest != cell.rest || cells_[slot_of(cell)].profile != 0) return false;
  if (profile == profiles_.size()) make_profile();
  if (!exists(profile)) return false;
  link(cell, static_cast<Number>(profile), user);
  return true;
}

// False if the changes contradict each other. They are learnt as if they happened now, so that
// counts need not be saved.
bool IdentityTable::replay(std::string_view log) {
  ByteReader from(log);
  while (from.left() > 0) {
    const std::uint8_t change = from.byte();
    const bool link = change == kLink || change == kLinkUser;
    if (!link && change != kMerge) return false;
    if (!(link ? replay_link(from, change == kLinkUser) : replay_merge(from))) return false;
  }
  log_.clear();
  return from.done();
}

Hash128 IdentityTable::digest() const {
  Hash128 sum;
  std::string bytes;
  const auto add = [&](auto... numbers) {
    bytes.clear();
    ByteWriter to(bytes);
    (to.varint(numbers), ...);
    sum += hash128(bytes);
  };
  for (const Cell& cell : cells_)
    if (cell.profile != 0) add(cell.place, cell.rest, root(cell.profile));
  for (Number number = 1; number < profiles_.size(); ++number) {
    const Profile& profile = profiles_[number];
    if (is_merged(number)) {
      add(number, root(number));
    } else {
      add(number, profile.ids, profile.merges, static_cast<std::uint64_t>(profile.user));
    }
  }
  return sum;
}

}  // namespace millrace
