// What an expression may speak of, and what it shares with the other expressions of its topology.
// Used while a topology is planned, by one thread.
#pragma once

#include "engine/event/names.hpp"
#include "engine/event/projection.hpp"
#include "engine/expression/aggregate.hpp"
#include "engine/expression/type.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::expression {

// The declared names of one kind and what each stands for.
template <class T>
struct Declared {
  std::map<std::string, T, std::less<>> names;
  bool closed = false;  // other names are errors; else they are taken as they are
};

struct Environment {
  struct Feature {
    std::string name;
    std::string text;
  };

  Declared<std::string> events;  // what expressions call it -> the name that senders use
  std::map<std::string, NameId, std::less<>>
      numbered_events;            // -> Event::name, for those that nobody sends
  Declared<Type> properties;      // by the projection's path: `properties.category`
  Declared<Type> traits;          // by the name after `profile.`
  std::vector<Feature> features;  // a `let` is one too; each may use those before it
  std::vector<std::string> segments;
  bool event = false;       // evaluated at an event: `event.x` has a meaning
  std::optional<Type> key;  // the rule has a `by`
};

// Filled by compiling, read-only afterwards. What a rejected expression asked for stays in it
// unused.
struct Catalog {
  Catalog(Projection& event_fields, NameTable& event_names, std::size_t entries_max = 256)
      : fields(event_fields), names(event_names), aggregates(entries_max) {}

  Projection& fields;  // of the topology
  NameTable& names;
  AggregateTable aggregates;
  NameTable traits;
  NameTable purposes;
};

}  // namespace millrace::expression
