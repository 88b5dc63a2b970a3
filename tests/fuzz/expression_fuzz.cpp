// Any bytes are an expression, an encoded state, or refused. What compiles can be evaluated.
#include "engine/base/codec.hpp"
#include "engine/expression/compiler.hpp"
#include "engine/expression/evaluator.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace {

using namespace millrace;              // NOLINT: a program of its own
using namespace millrace::expression;  // NOLINT

void try_expression(std::string_view text) {
  Projection fields;
  NameTable names;
  Catalog catalog(fields, names);
  Environment environment;
  environment.event = true;
  environment.key = Type::kAny;
  environment.features = {{"spend", "sum(purchase.value, 90d)"},
                          {"orders", "count(purchase, 365d)"}};
  environment.segments = {"loyal"};
  auto compiled = compile(text, environment, catalog);
  if (const auto* fault = std::get_if<Fault>(&compiled)) {
    CHECK(fault->offset + fault->length <= text.size());
    CHECK(!render(text, *fault).empty());
    return;
  }
  const Program& program = std::get<Program>(compiled);
  AggregateState state, keyed;
  Facts facts;
  facts.aggregates = &state;
  facts.keyed = &keyed;
  Event event;
  for (const auto* name : {"purchase", "view", "purchase"}) {
    event.name = names.find(name);
    event.time = event.now = event.now + Duration(1000);
    facts.event = &event;
    feed(catalog.aggregates, facts, state, &keyed);
    CHECK(evaluate(program, catalog.aggregates, facts, event.now).until > event.now);
  }
}

void try_state(std::string_view bytes) {
  Projection fields;
  NameTable names;
  Catalog catalog(fields, names, 16);
  const Environment environment;
  std::vector<Program> programs;
  for (const auto* text : {"count(purchase, 30d)",
                           "since(purchase)",
                           "sum(purchase.value, 90d)",
                           "min(purchase.value)",
                           "first(purchase)",
                           "distinct(purchase.sku, 7d)",
                           "last(purchase.sku)"})
    programs.push_back(std::get<Program>(compile(text, environment, catalog)));
  AggregateState state;
  ByteReader reader(bytes);
  if (!state.decode(catalog.aggregates, reader)) return;
  Facts facts;
  facts.aggregates = &state;
  for (const Program& program : programs)
    evaluate(program, catalog.aggregates, facts, from_millis(1'000'000));
  for (StreamId stream = 0; stream < catalog.aggregates.streams(); ++stream)
    for (int i = 0; i < 40; ++i)
      state.add(catalog.aggregates, stream, from_millis(i), Value::of(1.0), from_millis(1'000'000));
  state.expire(catalog.aggregates, from_millis(2'000'000));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 's') {
    try_state(bytes);
  } else {
    try_expression(bytes);
  }
  return 0;
}
