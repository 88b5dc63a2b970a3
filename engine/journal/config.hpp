// What a topology may say about its journal.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>

namespace millrace {

// When a record counts as accepted, which is when commit() returns and readers see it.
enum class Ack : std::uint8_t {
  kSynced,   // on disk (fdatasync): survives a loss of power
  kWritten,  // with the operating system: survives a crash of the process, not of the machine
  kMemory,   // in this process: what was not written yet dies with it, at most `pending`
};

// Values are on disk: never renumber.
enum class Codec : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

// Sizes are in bytes.
struct JournalConfig {
  Ack ack = Ack::kSynced;
  Codec codec = Codec::kLz4;
  std::uint64_t group = 128 << 10;     // a group is packed, checked and read as one
  std::uint64_t pending = 64 << 20;    // appended and not committed (memory: not written), at most
  std::uint64_t segment = 128 << 20;   // a file of the journal
  std::uint64_t retain = 20ULL << 30;  // released segments past this total go; 0: no limit
  Duration retain_for = std::chrono::days(30);  // and those with older records; 0: no limit
  std::uint64_t tail = 64 << 20;                // recent records that readers find in memory
};

}  // namespace millrace
