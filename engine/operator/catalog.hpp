// The names that a topology uses and the numbers that they got: events, fields, segments, features,
// aggregates.
//
// Filled while the topology is planned, by the constructors of its operators and in topology order;
// afterwards read-only and shared by all lanes and parsers without a lock. Constructing the
// operators again, for each lane, asks for the same names and gets the same numbers.
#pragma once

#include "engine/event/names.hpp"
#include "engine/event/projection.hpp"
#include "engine/expression/environment.hpp"
#include "engine/operator/operator.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// What a node fills into events that do not say it themselves.
struct Enrichment {
  std::string node;
  std::vector<std::string> makes;  // paths
  std::vector<std::string> of;     // paths that it reads for that
};

class Catalog {
 public:
  Catalog() = default;
  Catalog(const Catalog&) = delete;  // expressions refer to its names
  Catalog& operator=(const Catalog&) = delete;

  NameTable names;
  Projection projection;
  // What the topology's expressions share: streams and aggregates, traits. Keeps `entries_max`
  // events of a stream exactly, see expression::AggregateTable.
  expression::Catalog expressions{projection, names};
  // Named expressions that others may use, in the order of their declaration.
  std::vector<expression::Environment::Feature> features;
  // False if the name stands for another text already.
  bool declare_feature(std::string_view name, std::string_view text);

  // In topology order.
  std::vector<Enrichment> enrichments;
  // Adds what enrichments read to the projection, if a node reads what they make. Once, after all
  // operators are planned.
  void read_for_enrichments();

  // An event's identifier in expressions and operators' fields: `purchase` for "Order Completed".
  // False if the identifier means something else already.
  bool declare_event(std::string_view identifier, NameId name);
  // The event of an identifier: declared, one of page screen identify group alias, or derived by an
  // operator before; kOtherName if there is none.
  NameId event(std::string_view identifier) const;
  std::vector<std::string_view> event_identifiers() const;

  // What an expression of an operator may speak of, as far as it is declared by now.
  expression::Environment environment() const;

  // The number of a segment, given now if it has none.
  SegmentId declare_segment(std::string_view name);
  const std::vector<std::string>& segments() const { return segments_; }
  // The name of the derived event that says so: "enter(loyal)".
  NameId enter_name(SegmentId segment) const { return enter_names_[segment]; }
  NameId exit_name(SegmentId segment) const { return exit_names_[segment]; }

 private:
  std::map<std::string, NameId, std::less<>> events_;  // that senders send
  std::vector<std::string> segments_;
  std::vector<NameId> enter_names_;
  std::vector<NameId> exit_names_;
};

}  // namespace millrace
