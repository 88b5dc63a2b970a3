// Expressions of operators: from a text of the configuration to a program that the lane's facts can
// answer, and the events at which its value can change.
//
// Called by constructors of operators; EventIndex::at also on the data path.
#pragma once

#include "engine/config/node.hpp"
#include "engine/expression/compiler.hpp"
#include "engine/operator/lane.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace millrace {

// Compiles `text`, which stands at `path` in the node's configuration ("segments.loyal.when").
// Nothing if it is wrong, or reads what no operator before this one keeps; that is then reported,
// underlined in the file.
std::optional<expression::Program> compile(Lane& lane,
                                           const config::Text& text,
                                           std::string_view path,
                                           const expression::Environment& environment,
                                           expression::Type expected);

// The same for looking at profiles, which makes nothing be kept: nothing unless all that it reads
// is kept for others anyway. After planning.
std::optional<expression::Program> compile_to_look(const Lane& lane,
                                                   std::string_view text,
                                                   const expression::Environment& environment);

// Whether time alone can change what the program says.
bool moves_with_time(const expression::Program& program, const expression::AggregateTable& table);

// Which of a number of items an event can change, by what their programs read. Time changes them
// too, which is the evaluator's to say.
class EventIndex {
 public:
  explicit EventIndex(std::size_t items) : words_((items + 63) / 64), any_(words_), all_(words_) {}

  void add(std::size_t item, const expression::Program& program, const Lane& lane);
  // After the last add. All names are known: an index that is used is made after planning.
  void finish(const Catalog& catalog);

  // A set of bits: item n is bit n % 64 of word n / 64.
  std::span<const std::uint64_t> at(const Event& event) const {
    return {&by_name_[event.name < names_ ? event.name * words_ : 0], words_};
  }

 private:
  using Bits = std::vector<std::uint64_t>;
  void set(Bits& bits, std::size_t first_word, std::size_t item) {
    if (bits.size() < first_word + words_) bits.resize(first_word + words_);
    bits[first_word + item / 64] |= std::uint64_t{1} << item % 64;
  }
  void set_at(NameId name, std::size_t item) { set(by_name_, name * words_, item); }

  std::size_t words_;
  std::size_t names_ = 0;
  Bits any_;  // by what customers do, whatever its name
  Bits all_;  // by every event
  Bits by_name_;
};

}  // namespace millrace
