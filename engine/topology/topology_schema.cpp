// JSON Schema, draft 2020-12, of a whole topology file: a node's `use` says whose fields it has,
// and a node without it is of the operator of its own name.
#include "engine/config/schema.hpp"
#include "engine/topology/reference.hpp"
#include "engine/topology/settings.hpp"

#include <fmt/format.h>

#include <vector>

namespace millrace {
namespace {

constexpr std::string_view kDraft = "https://json-schema.org/draft/2020-12/schema";

void write_reference(JsonWriter& json, std::string_view definition) {
  json.key("$ref").value(fmt::format("#/$defs/{}", definition));
}

void write_from(JsonWriter& json) {
  json.key("description")
      .value("Where its events come from: nodes, or NODE.rejects; by default the node before.");
  json.key("type").array().value("string").value("array").end();
  json.key("items").object().key("type").value("string").end();
}

// An operator's fields beside those that every node has.
void write_operator(JsonWriter& json, const OperatorInfo& info) {
  const config::SchemaProperty more[] = {
      {"use", [&](JsonWriter& to) { to.key("const").value(info.name); }},
      {"from", write_from},
  };
  json.key("description").value(info.summary);
  config::write_schema_keywords(*info.config, more, json);
}

void write_section(JsonWriter& json, const SectionInfo& info) {
  json.key("description").value(info.summary);
  config::write_schema_keywords(*info.config, {}, json);
}

// A node that says what it uses.
void write_used(JsonWriter& json, const Registry& registry) {
  json.key("type").value("object");
  json.key("required").array().value("use").end();
  json.key("properties").object().key("use").object();
  json.key("description").value("The operator.");
  json.key("enum").array();
  for (const auto& [name, info] : registry.all()) json.value(name);
  json.end().end().end();
  json.key("allOf").array();
  for (const auto& [name, info] : registry.all()) {
    json.object();
    json.key("if").object().key("properties").object().key("use").object();
    json.key("const").value(name).end().end().end();
    json.key("then").object();
    write_reference(json, fmt::format("operator.{}", name));
    json.end().end();
  }
  json.end();
}

void write_nodes(JsonWriter& json, const Registry& registry) {
  json.key("description").value("The steps, each under its name.");
  json.key("type").value("object");
  json.key("minProperties").value(1);
  json.key("properties").object();
  for (const auto& [name, info] : registry.all()) {
    json.key(name).object();
    json.key("if").object();
    json.key("type").value("object").key("required").array().value("use").end().end();
    json.key("then").object();
    write_reference(json, "node");
    json.end().key("else").object();
    write_reference(json, fmt::format("operator.{}", name));
    json.end().end();
  }
  json.end();
  json.key("additionalProperties").object();
  write_reference(json, "node");
  json.end();
}

std::string schema_of(std::string_view title, const std::function<void(JsonWriter&)>& write) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object();
  json.key("$schema").value(kDraft);
  json.key("title").value(title);
  write(json);
  json.end();
  return out + "\n";
}

}  // namespace

std::string topology_schema(const Registry& registry) {
  std::vector<config::SchemaProperty> more = {
      {"nodes", [&](JsonWriter& to) { write_nodes(to, registry); }}};
  for (const auto& [name, info] : registry.sections())
    more.push_back({name, [&info = info](JsonWriter& to) { write_section(to, info); }});
  return schema_of("A Millrace topology", [&](JsonWriter& json) {
    config::write_schema_keywords(config::describe<TopologySettings>(), more, json);
    json.key("$defs").object();
    json.key("node").object();
    write_used(json, registry);
    json.end();
    for (const auto& [name, info] : registry.all()) {
      json.key(fmt::format("operator.{}", name)).object();
      write_operator(json, info);
      json.end();
    }
    json.end();
  });
}

std::string operator_schema(const OperatorInfo& info) {
  return schema_of(info.name, [&](JsonWriter& json) { write_operator(json, info); });
}

std::string section_schema(const SectionInfo& info) {
  return schema_of(info.name, [&](JsonWriter& json) { write_section(json, info); });
}

}  // namespace millrace
