// What a topology file says besides its nodes.
#pragma once

#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"
#include "engine/journal/config.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace millrace {

struct IntakeSettings {
  config::Size queue = config::mebibytes(64);

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(
            "queue",
            &IntakeSettings::queue,
            "Of what was received and is not journaled yet; past it senders are told to come again "
            "later.",
            {.min = config::mebibytes(1), .max = config::gibibytes(16)}),
    };
  }
};

struct CheckpointSettings {
  std::uint64_t records = 1'000'000;
  config::Size bytes = config::mebibytes(512);
  Duration interval = std::chrono::seconds(30);

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("records",
              &CheckpointSettings::records,
              "Journal records between two checkpoints; a restart replays at most about as many.",
              {.min = 100}),
        field("bytes",
              &CheckpointSettings::bytes,
              "The same in bytes of what senders sent.",
              {.min = config::mebibytes(1)}),
        field("interval",
              &CheckpointSettings::interval,
              "A live engine's time between two checkpoints, at most.",
              {.min = std::chrono::seconds(1), .max = std::chrono::hours(24)}),
    };
  }
};

struct StoreSettings {
  config::Size memory = config::mebibytes(128);

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("memory",
              &StoreSettings::memory,
              "What the store on disk keeps in memory of what is read and written.",
              {.min = config::mebibytes(8)}),
    };
  }
};

struct TopologySettings {
  std::uint32_t version = 1;
  std::string name = "topology";
  std::string description;
  std::uint32_t shards = 64;
  std::uint32_t lanes = 0;
  std::uint32_t batch = 128;
  std::uint32_t in_flight = 16;
  Duration tick = std::chrono::seconds(1);
  Duration epoch = std::chrono::minutes(1);
  std::uint32_t sample = 20'000;
  config::Size memory = config::gibibytes(2);
  IntakeSettings intake;
  JournalConfig journal;
  CheckpointSettings checkpoint;
  StoreSettings store;
  std::vector<std::pair<std::string, std::string>> events;
  std::vector<std::pair<std::string, config::Node>> nodes;

  static constexpr auto fields() {
    using config::field;
    using T = TopologySettings;
    using std::chrono::milliseconds;
    return std::tuple{
        field("version", &T::version, "Version of this format.", {.min = 1U, .max = 1U}),
        field("name",
              &T::name,
              "What the topology is called in messages and metrics.",
              {.min_length = 1, .max_length = 64, .pattern = "[A-Za-z0-9][A-Za-z0-9_.-]*"}),
        field("description", &T::description, "A sentence for people."),
        field("shards",
              &T::shards,
              "Slices of the profiles, which are spread over lanes; fixed for the life of a data "
              "directory.",
              {.min = 1U, .max = 4096U}),
        field("lanes",
              &T::lanes,
              "Threads that profiles are spread over; 0 takes one for each core.",
              {.max = 256U}),
        field(
            "batch",
            &T::batch,
            "Journal records that travel together, at most; fewer where they are of more than 256 "
            "KiB.",
            {.min = 1U, .max = 65'536U}),
        field("in_flight",
              &T::in_flight,
              "Batches between the journal and the outputs, at most.",
              {.min = 1U, .max = 1024U}),
        field("tick",
              &T::tick,
              "How often time passes: timers are exact to this.",
              {.min = milliseconds(1), .max = std::chrono::hours(1)}),
        field("epoch",
              &T::epoch,
              "How often operators look at all profiles, for models and percentiles.",
              {.min = milliseconds(10), .max = std::chrono::hours(24 * 30)}),
        field("sample",
              &T::sample,
              "Profiles that operators look at in an epoch, about.",
              {.min = 100U, .max = 1'000'000U}),
        field("memory",
              &T::memory,
              "Of the profiles held in memory; the others wait in the store until an event or "
              "timer of theirs comes.",
              {.min = config::mebibytes(1)}),
        field("intake", &T::intake, "What is received while the engine runs live."),
        field("journal", &T::journal, "The log of what was accepted."),
        field("checkpoint", &T::checkpoint, "When state is written to the store."),
        field("store", &T::store, "Where checkpoints and profiles beyond `memory` are."),
        field("events",
              &T::events,
              "What expressions and operators call an event: an identifier, and the name that "
              "senders use."),
        field("nodes",
              &T::nodes,
              "The steps, each under its name, with `use:` (the operator; by default the node's "
              "name), `from:` (by default "
              "the node before) and the operator's own fields."),
    };
  }

  void check(config::Checker& checker) const {
    if (nodes.empty())
      checker.problem("nodes", "a topology needs nodes", "at least parse, identify and one more");
    if (lanes > shards)
      checker.problem("lanes", "there are more lanes than shards", "raise shards, or lower lanes");
  }
};

}  // namespace millrace
