#include "tests/support/shop_history.hpp"

#include "engine/base/check.hpp"

#include <cstring>

namespace millrace {

using namespace std::chrono_literals;

ShopHistory make_history(std::string ndjson) {
  std::size_t at = 0;
  NdjsonFeed feed(
      [&](char* into, std::size_t size) -> Result<std::size_t> {
        const std::size_t part = std::min(size, ndjson.size() - at);
        ndjson.copy(into, part, at);
        at += part;
        return part;
      },
      EventClock(1s, 1h));
  ShopHistory history;
  FeedBatch batch;
  while (true) {
    CHECK(feed.next(batch, 1024).ok());
    if (batch.records.empty()) return history;
    history.records.insert(history.records.end(), batch.records.begin(), batch.records.end());
    history.bytes.insert(history.bytes.end(), batch.bytes.begin(), batch.bytes.end());
  }
}

ShopHistory make_shop_history(std::uint64_t seed, std::uint64_t lines) {
  simulate::SimulationOptions options;
  options.shoppers = 4 + static_cast<std::uint32_t>(seed % 37);
  options.seed = seed;
  options.dirt = {
      .duplicates = 0.05, .late = 0.05, .malformed = 0.03, .oversized = 0.002, .clock_skew = 0.02};
  simulate::Generator generator(options);
  std::string text;
  for (std::uint64_t i = 0; i < lines; ++i) {
    const auto line = generator.next();
    if (!line) break;
    text += line->bytes;
    text += '\n';
  }
  ShopHistory history = make_history(std::move(text));
  history.truth = generator.counts();
  return history;
}

Status TextSink::open(const Catalog& catalog, std::string_view state) {
  catalog_ = &catalog;
  ByteReader from(state);
  const std::uint64_t outputs = state.empty() ? 0 : from.varint();
  const std::uint64_t rejects = state.empty() ? 0 : from.varint();
  CHECK(outputs <= text_.outputs.size() && rejects <= text_.rejects.size());
  text_.outputs.resize(outputs);
  text_.rejects.resize(rejects);
  return {};
}

Status TextSink::write(std::span<const OutputRecord> outputs) {
  for (const OutputRecord& output : outputs) {
    JsonWriter json(text_.outputs);
    write_output(output, *catalog_, json);
    text_.outputs += '\n';
  }
  return {};
}

Status TextSink::reject(std::span<const Reject> rejects) {
  for (const Reject& reject : rejects) {
    JsonWriter json(text_.rejects);
    write_reject(reject, json);
    text_.rejects += '\n';
  }
  return {};
}

Result<std::string> TextSink::commit() {
  std::string state;
  ByteWriter to(state);
  to.varint(text_.outputs.size());
  to.varint(text_.rejects.size());
  return state;
}

}  // namespace millrace
