#include "engine/runtime/outbox_record.hpp"

#include "engine/base/codec.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

void write_delivery(const Delivery& delivery, ByteWriter& to) {
  to.text(delivery.id);
  to.time(delivery.time);
  to.varint(delivery.attempt);
  to.text(delivery.body);
}

Delivery read_delivery(std::uint64_t sequence, ByteReader& from) {
  Delivery delivery;
  delivery.sequence = sequence;
  delivery.id = from.text();
  delivery.time = from.time();
  delivery.attempt = static_cast<std::uint32_t>(from.varint());
  delivery.body = from.text();
  return delivery;
}

}  // namespace

std::string outbox_key(std::string_view sink, char kind) {
  return fmt::format("o{}/{}", sink, kind);
}

std::string outbox_key(std::string_view sink, char kind, std::uint64_t sequence) {
  std::string key = outbox_key(sink, kind);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(sequence >> shift));
  return key;
}

std::optional<std::uint64_t> outbox_sequence(std::string_view key) {
  if (key.size() < 8) return std::nullopt;
  std::uint64_t sequence = 0;
  for (const char c : key.substr(key.size() - 8))
    sequence = sequence << 8 | static_cast<std::uint8_t>(c);
  return sequence;
}

std::string encode_pending(const Pending& item) {
  std::string bytes;
  ByteWriter to(bytes);
  to.varint(item.profile);
  write_delivery(item.delivery, to);
  return bytes;
}

std::optional<Pending> decode_pending(std::uint64_t sequence, std::string_view bytes) {
  ByteReader from(bytes);
  Pending item;
  item.profile = from.varint();
  item.delivery = read_delivery(sequence, from);
  item.stored = true;
  return from.done() ? std::optional(std::move(item)) : std::nullopt;
}

std::optional<std::uint64_t> pending_bytes(std::string_view bytes) {
  ByteReader from(bytes);
  from.varint();  // profile
  const std::size_t id = from.text().size();
  from.time();
  from.varint();  // attempts
  const std::size_t body = from.text().size();
  return from.done() ? std::optional(pending_bytes(id, body)) : std::nullopt;
}

std::string OutboxCursor::encode() const {
  std::string bytes;
  ByteWriter to(bytes);
  to.varint(frontier);
  to.text(disabled);
  to.text(target);
  for (const auto& [sequence, attempts] : open) {
    to.varint(sequence);
    to.varint(attempts.made);
    to.time(attempts.due);
  }
  return bytes;
}

std::optional<OutboxCursor> OutboxCursor::decode(std::string_view bytes) {
  ByteReader from(bytes);
  OutboxCursor cursor;
  cursor.frontier = from.varint();
  cursor.disabled = from.text();
  cursor.target = from.text();
  while (from.ok() && from.left() > 0) {
    const std::uint64_t sequence = from.varint();
    Attempts& attempts = cursor.open[sequence];
    attempts.made = static_cast<std::uint32_t>(from.varint());
    attempts.due = from.time();
  }
  return from.done() ? std::optional(std::move(cursor)) : std::nullopt;
}

std::string encode_hashes(const OutboxHashes& hashes) {
  std::string bytes;
  ByteWriter to(bytes);
  for (const auto& [sequence, hash] : hashes) {
    to.varint(sequence);
    to.fixed64(hash);
  }
  return bytes;
}

bool decode_hashes(std::string_view bytes, OutboxHashes& hashes) {
  ByteReader from(bytes);
  while (from.ok() && from.left() > 0) {
    const std::uint64_t sequence = from.varint();
    hashes.emplace_back(sequence, from.fixed64());
  }
  return from.done();
}

std::string DeadLetter::encode() const {
  std::string bytes;
  ByteWriter to(bytes);
  to.time(time);
  to.text(reason);
  write_delivery(delivery, to);
  return bytes;
}

std::optional<DeadLetter> DeadLetter::decode(std::uint64_t sequence, std::string_view bytes) {
  ByteReader from(bytes);
  DeadLetter letter;
  letter.time = from.time();
  letter.reason = from.text();
  letter.delivery = read_delivery(sequence, from);
  return from.done() ? std::optional(std::move(letter)) : std::nullopt;
}

Status read_dead_letters(Store& store,
                         std::string_view sink,
                         const std::function<bool(const DeadLetter&)>& visit) {
  bool good = true;
  const Status read =
      store.scan(outbox_key(sink, 'x'), [&](std::string_view key, std::string_view value) {
        const auto letter = DeadLetter::decode(outbox_sequence(key).value_or(0), value);
        good = letter.has_value();
        return good && visit(*letter);
      });
  if (!read) return read;
  return good ? Status() : Status(Error{fmt::format("a dead letter of {} is damaged", sink)});
}

}  // namespace millrace
