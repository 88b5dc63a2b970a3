// Names that a decoder knows, found by one look: fields that a table places, and those whose values
// the decoder keeps for itself, which the table may place too. Made once; then any thread.
#pragma once

#include "connectors/protocols/mapping.hpp"
#include "connectors/protocols/name_index.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace millrace::protocols {

// `Kept` is a struct of values, one for each name that is kept.
template <class Kept, class Value>
class KnownNames {
 public:
  struct Keep {
    std::string_view name;
    Value Kept::*place;
  };
  struct Known {
    std::string_view name;
    Field field = FieldMapping{{}, Into::kNowhere};  // where it is put
    Value Kept::*place = nullptr;                    // where it is kept; null: nowhere
  };

  KnownNames(std::initializer_list<std::span<const FieldMapping>> tables,
             std::span<const Keep> kept)
      : known_(all_of(tables, kept)), names_(known_, &Known::name) {}

  // Puts every member of `object` where the table says, and the others into `rest`, as they are.
  // Keeps what is to be kept.
  void put_all(
      JsonNode object, Into rest, const Reader& reader, SpecEvent& event, Kept& kept) const {
    for (const JsonNode member : object) {
      const Known* known = find(member.key());
      if (known == nullptr) {
        event.member(rest, member);
        continue;
      }
      if (known->place != nullptr) kept.*known->place = member;
      reader.put(event, known->field, member);
    }
  }

  // Null: nobody knows it.
  const Known* find(std::string_view name) const {
    const std::size_t row = names_.find(name);
    return row == NameIndex::kNone ? nullptr : &known_[row];
  }

 private:
  static std::vector<Known> all_of(std::initializer_list<std::span<const FieldMapping>> tables,
                                   std::span<const Keep> kept) {
    std::vector<Known> all;
    for (const auto& table : tables)
      for (const FieldMapping& field : table) all.push_back({field.theirs, Field::of_table(field)});
    for (const Keep& keep : kept) {
      const auto found = std::find_if(
          all.begin(), all.end(), [&](const Known& known) { return known.name == keep.name; });
      (found == all.end() ? all.emplace_back(Known{keep.name}) : *found).place = keep.place;
    }
    return all;
  }

  const std::vector<Known> known_;
  const NameIndex names_;
};

}  // namespace millrace::protocols
