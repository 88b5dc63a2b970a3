// What a topology may say about its journal.
#pragma once

#include "engine/base/time.hpp"
#include "engine/config/fields.hpp"

#include <array>
#include <cstdint>
#include <tuple>

namespace millrace {

// When a record counts as accepted, which is when commit() returns and readers see it.
enum class Ack : std::uint8_t {
  kSynced,   // on disk (fdatasync): survives a loss of power
  kWritten,  // with the operating system: survives a crash of the process, not of the machine
  kMemory,   // in this process: what was not written yet dies with it, at most `pending`
};

// Values are on disk: never renumber.
enum class Codec : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

constexpr auto enum_names(Ack) {
  return std::array{config::EnumName{"synced", Ack::kSynced},
                    config::EnumName{"written", Ack::kWritten},
                    config::EnumName{"memory", Ack::kMemory}};
}

constexpr auto enum_names(Codec) {
  return std::array{config::EnumName{"none", Codec::kNone},
                    config::EnumName{"lz4", Codec::kLz4},
                    config::EnumName{"zstd", Codec::kZstd}};
}

struct JournalConfig {
  Ack ack = Ack::kSynced;
  Codec codec = Codec::kLz4;
  config::Size group = config::kibibytes(128);
  config::Size segment = config::mebibytes(128);
  config::Size retain = config::gibibytes(20);
  Duration retain_for = std::chrono::days(30);
  config::Size memory = config::mebibytes(64);
  config::Size pending = config::mebibytes(64);

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("ack",
              &JournalConfig::ack,
              "When an event counts as accepted: `synced` survives a loss of power, `written` a "
              "crash "
              "of the process, `memory` neither."),
        field("codec",
              &JournalConfig::codec,
              "How records are packed on disk: `lz4` is fastest, `zstd` half the size."),
        field("group",
              &JournalConfig::group,
              "Records are packed and checked in groups of at most this size.",
              {.min = config::kibibytes(1), .max = config::mebibytes(16)}),
        field("segment",
              &JournalConfig::segment,
              "A file of the journal is closed at this size; whole files are deleted.",
              {.min = config::mebibytes(1), .max = config::gibibytes(16)}),
        field(
            "retain",
            &JournalConfig::retain,
            "Files past this total are deleted, oldest first, once no checkpoint needs them; 0 is "
            "no limit."),
        field("retain_for",
              &JournalConfig::retain_for,
              "Files with older records only are deleted once no checkpoint needs them; 0s is no "
              "limit.",
              {.min = Duration(0)}),
        field("memory",
              &JournalConfig::memory,
              "Recent records up to this size are kept in memory, for readers that keep up."),
        field("pending",
              &JournalConfig::pending,
              "Accepted records up to this size may wait to be written; then no more are taken.",
              {.min = config::mebibytes(1), .max = config::gibibytes(4)}),
    };
  }
};

}  // namespace millrace
