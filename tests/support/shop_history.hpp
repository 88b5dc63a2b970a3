// Journal records of a simulated shop, in memory: what tests of whole topologies run on.
#pragma once

#include "app/simulate/generator.hpp"
#include "engine/engine.hpp"
#include "engine/runtime/feeds.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

struct ShopHistory {
  std::vector<Record> records;
  std::vector<std::shared_ptr<const void>> bytes;  // what the records point into
  simulate::Counts truth;
};

// The first `lines` lines of a shop made from the seed, with dirt of every kind, and the ticks and
// epochs of their times. Small shops and long days, so that profiles merge, sessions end and
// segments lapse.
ShopHistory make_shop_history(std::uint64_t seed, std::uint64_t lines);

// NDJSON text as records, by the events' own clock.
ShopHistory make_history(std::string ndjson);

// What a topology put out, as text. Outputs and rejects apart: each is in the journal's order, but
// how they alternate follows the batches.
struct TextOutputs {
  std::string outputs;
  std::string rejects;
  bool operator==(const TextOutputs&) const = default;
};

// Remembers what it was given, and forgets what no commit covers, as a file would.
class TextSink final : public Sink {
 public:
  // `text` outlives the sink.
  explicit TextSink(TextOutputs& text) : text_(text) {}
  Status open(const Catalog& catalog, std::string_view state) override;
  Status write(std::span<const OutputRecord> outputs) override;
  Status reject(std::span<const Reject> rejects) override;
  Result<std::string> commit() override;

 private:
  const Catalog* catalog_ = nullptr;
  TextOutputs& text_;
};

}  // namespace millrace
