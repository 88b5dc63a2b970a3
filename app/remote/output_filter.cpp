#include "app/remote/output_filter.hpp"

#include "engine/event/json_projector.hpp"
#include "engine/expression/compiler.hpp"
#include "engine/expression/evaluator.hpp"
#include "engine/expression/parser.hpp"

#include <fmt/format.h>

#include <map>
#include <variant>
#include <vector>

namespace millrace {
namespace {

// The compiler reads properties of an event, and so an output is made to be one: its members are
// the properties, and `kind` becomes `event.properties.kind`. In full, for a bare `event.kind`
// would be the event's own.
std::string as_properties(const expression::Ast& ast) {
  std::map<std::uint32_t, std::uint32_t> names;  // offset and length
  for (const expression::SyntaxNode& node : ast.nodes)
    if (node.kind == expression::Syntax::kName && node.text != "true" && node.text != "false")
      names.emplace(node.offset, node.length);
  std::string out;
  std::size_t at = 0;
  for (const auto& [offset, length] : names) {
    out += fmt::format("{}event.properties.{}",
                       std::string_view(ast.text).substr(at, offset - at),
                       std::string_view(ast.text).substr(offset, length));
    at = offset + length;
  }
  return out + ast.text.substr(at);
}

}  // namespace

struct OutputFilter::State {
  Projection fields;
  NameTable names;
  expression::Catalog catalog{fields, names};
  expression::Program program;
  std::unique_ptr<JsonProjector> projector;
  Arena arena;
  std::string wrapped;
  std::vector<Value> values;
};

OutputFilter::OutputFilter(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputFilter::~OutputFilter() = default;
OutputFilter::OutputFilter(OutputFilter&&) noexcept = default;

Result<OutputFilter> OutputFilter::parse(const std::string& text) {
  if (text.empty()) return OutputFilter(nullptr);
  auto parsed = expression::parse(text);
  if (const auto* fault = std::get_if<expression::Fault>(&parsed))
    return Error{expression::render(text, *fault)};
  const std::string written = as_properties(*std::get_if<expression::Ast>(&parsed));
  auto state = std::make_unique<State>();
  expression::Environment environment;
  environment.event = true;
  auto compiled =
      expression::compile(written, environment, state->catalog, expression::Type::kBool);
  if (const auto* fault = std::get_if<expression::Fault>(&compiled))
    return Error{expression::render(written, *fault)};
  state->program = std::move(*std::get_if<expression::Program>(&compiled));
  if (!state->program.needs.aggregates.empty())
    return Error{"a filter looks at one output; what was before is for segments to ask"};
  state->projector = std::make_unique<JsonProjector>(json_fields(state->fields), "");
  return OutputFilter(std::move(state));
}

bool OutputFilter::passes(std::string_view json) {
  if (!state_) return true;
  state_->arena.clear();
  state_->wrapped = fmt::format(R"({{"properties":{}}})", json);
  if (!state_->projector->read(state_->wrapped, state_->arena)) return false;
  Event event;
  const auto values = state_->projector->top().values;
  state_->values.assign(values.begin(), values.end());
  event.values = state_->values;
  expression::Facts facts;
  facts.event = &event;
  return expression::holds(state_->program, state_->catalog.aggregates, facts, Time()).value;
}

}  // namespace millrace
