// What an outbox keeps in the store, as bytes. Keys of one sink begin with "o", its name and "/":
//
//   e + sequence   an output that the receiver does not have: its delivery and profile
//   c              the cursor: which of the outputs so far are settled
//   h + sequence   hashes of the ids of outputs from there on: which ones the cursor means
//   x + sequence   a dead letter: an output that was refused for good, and why
//
// Numbers in keys are big-endian, so that keys are in order of sequence. Decoding never trusts.
#pragma once

#include "engine/operator/delivery.hpp"
#include "engine/runtime/outbox_window.hpp"
#include "engine/state/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

std::string outbox_key(std::string_view sink, char kind);
std::string outbox_key(std::string_view sink, char kind, std::uint64_t sequence);
// The sequence at a key's end; nothing if the key is too short.
std::optional<std::uint64_t> outbox_sequence(std::string_view key);

std::string encode_pending(const Pending& item);
std::optional<Pending> decode_pending(std::uint64_t sequence, std::string_view bytes);
// Pending::bytes() of it, without copying.
std::optional<std::uint64_t> pending_bytes(std::string_view bytes);

// Every output below `frontier` is settled (delivered, dead or dropped), but for the `open` ones.
struct OutboxCursor {
  struct Attempts {
    std::uint32_t made = 0;
    Time due = kBeginning;  // of the next one
  };
  std::uint64_t frontier = 0;
  std::map<std::uint64_t, Attempts> open;
  std::string disabled;  // why the receiver wants nothing more; empty: it does not say so
  std::string target;    // that said so

  std::string encode() const;
  static std::optional<OutboxCursor> decode(std::string_view bytes);
};

// Sequences and hashes, ascending.
using OutboxHashes = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
std::string encode_hashes(const OutboxHashes& hashes);
bool decode_hashes(std::string_view bytes, OutboxHashes& hashes);  // appends

struct DeadLetter {
  Delivery delivery;  // `attempt` is how many were made
  Time time{};        // when it was given up
  std::string reason;

  std::string encode() const;
  static std::optional<DeadLetter> decode(std::uint64_t sequence, std::string_view bytes);
};

// Visits what a sink's receiver refused for good, oldest first, until `visit` returns false.
Status read_dead_letters(Store& store,
                         std::string_view sink,
                         const std::function<bool(const DeadLetter&)>& visit);

}  // namespace millrace
