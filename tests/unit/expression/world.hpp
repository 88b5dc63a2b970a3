// A small topology for expression tests: a catalog, an environment, and one profile that events
// come to.
#pragma once

#include "engine/expression/compiler.hpp"
#include "engine/expression/evaluator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::expression {

// Facts that tests set by name.
class TestFacts : public Facts {
 public:
  explicit TestFacts(const Catalog& catalog) : catalog_(catalog) {}

  Value trait(NameId id) const override { return found(traits, catalog_.traits.text(id)); }
  Value consent(NameId id) const override { return found(purposes, catalog_.purposes.text(id)); }
  bool in_segment(SegmentId id) const override {
    return std::find(segments.begin(), segments.end(), id) != segments.end();
  }
  Value cluster() const override { return cluster_number; }
  Value percentile(FeatureId, double value) const override {
    return ranks ? Value::of(value / 10) : Value();
  }
  Time first_seen() const override { return seen; }

  std::map<std::string, Value, std::less<>> traits, purposes;
  std::vector<SegmentId> segments;
  Value cluster_number;
  bool ranks = false;
  Time seen = kNever;

 private:
  static Value found(const std::map<std::string, Value, std::less<>>& in, std::string_view name) {
    const auto at = in.find(name);
    return at == in.end() ? Value() : at->second;
  }
  const Catalog& catalog_;
};

class World {
 public:
  explicit World(std::size_t entries_max = 256)
      : catalog(fields, names, entries_max), facts(catalog) {
    facts.aggregates = &state;
    facts.keyed = &keyed;
  }

  World(const World&) = delete;

  Program compiled(std::string_view text, Type expected = Type::kAny) {
    auto made = compile(text, environment, catalog, expected);
    if (auto* fault = std::get_if<Fault>(&made)) {
      ADD_FAILURE() << render(text, *fault);
      // Something that can be run, so that the test goes on.
      return std::get<Program>(compile("true", environment, catalog));
    }
    return std::move(std::get<Program>(made));
  }

  // What is wrong with the text, as people see it; empty if nothing is.
  std::string complaint(std::string_view text, Type expected = Type::kAny) {
    const auto made = compile(text, environment, catalog, expected);
    const auto* fault = std::get_if<Fault>(&made);
    return fault ? render(text, *fault) : "";
  }

  // The properties are values of `properties.<name>` fields that some expression has asked for.
  void happens(std::string_view name,
               Time time,
               Time now,
               std::vector<std::pair<std::string, Value>> properties = {},
               EventKind kind = EventKind::kTrack) {
    at_hand(name, time, now, std::move(properties), kind);
    merged += feed(catalog.aggregates, facts, state, &keyed);
  }

  // Makes the event the one that expressions see.
  void at_hand(std::string_view name,
               Time time,
               Time now,
               std::vector<std::pair<std::string, Value>> properties = {},
               EventKind kind = EventKind::kTrack) {
    values.assign(fields.size(), Value());
    for (const auto& [property, value] : properties)
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields.fields()[i].path == "properties." + property) values[i] = value;
    event = Event();
    event.kind = kind;
    event.name_text = name;
    event.name = names.find(name);
    event.time = time;
    event.now = now;
    event.values = values;
    facts.event = &event;
  }

  Reading read(const Program& program, Time now) {
    return evaluate(program, catalog.aggregates, facts, now);
  }
  Truth truth(const Program& program, Time now) {
    return holds(program, catalog.aggregates, facts, now);
  }

  Projection fields;
  NameTable names;
  Catalog catalog;
  Environment environment;
  AggregateState state, keyed;
  TestFacts facts;
  Event event;
  std::vector<Value> values;
  std::size_t merged = 0;
};

constexpr Time at(std::int64_t millis) { return from_millis(millis); }
inline constexpr std::int64_t kSecond = 1000, kHour = 3'600'000, kDay = 24 * kHour;

}  // namespace millrace::expression
