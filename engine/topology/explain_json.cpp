// Explanations for programs, such as the console.
#include "engine/topology/explain.hpp"

namespace millrace {
namespace {

void write_list(JsonWriter& json, std::string_view key, const std::vector<std::string>& list) {
  json.key(key).array();
  for (const std::string& item : list) json.value(item);
  json.end();
}

void write_node(JsonWriter& json, const ExplainedNode& node) {
  json.object();
  json.key("name").value(node.name);
  json.key("use").value(node.type);
  json.key("stage").value(stage_title(node.stage));
  json.key("summary").value(node.summary);
  write_list(json, "from", node.from);
  write_list(json, "state", node.state);
  write_list(json, "timers", node.timers);
  write_list(json, "fills_in", node.fills_in);
  write_list(json, "unread", node.unread);
  json.key("publish_delay").value(node.publish_delay);
  json.key("config").value(node.config);
  json.end();
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<ExplainedName>& all) {
  json.key(key).array();
  for (const ExplainedName& one : all) {
    json.object();
    json.key("name").value(one.name);
    json.key("definition").object();
    for (const auto& [part, text] : one.definition) json.key(part).value(text);
    json.end();
    write_list(json, "needs", one.needs);
    json.end();
  }
  json.end();
}

void write_settings(JsonWriter& json, const TopologySettings& settings) {
  json.key("settings").object();
  json.key("shards").value(settings.shards);
  json.key("lanes").value(settings.lanes);
  json.key("batch").value(settings.batch);
  json.key("in_flight").value(settings.in_flight);
  json.key("tick").value(format_duration(settings.tick));
  json.key("epoch").value(format_duration(settings.epoch));
  json.key("sample").value(settings.sample);
  json.key("memory").value(config::format_size(settings.memory));
  json.key("checkpoint_records").value(settings.checkpoint.records);
  json.end();
}

}  // namespace

std::string explain_as_json(const Explanation& explanation) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object();
  json.key("name").value(explanation.settings.name);
  json.key("description").value(explanation.settings.description);
  write_settings(json, explanation.settings);
  json.key("nodes").array();
  for (const ExplainedNode& node : explanation.nodes) write_node(json, node);
  json.end();
  json.key("sections").array();
  for (const ExplainedSection& section : explanation.sections) {
    json.object();
    json.key("name").value(section.name);
    json.key("summary").value(section.summary);
    json.key("config").value(section.config);
    json.end();
  }
  json.end();
  write_list(json, "fields", explanation.fields);
  json.key("events").object();
  for (const auto& [identifier, name] : explanation.events) json.key(identifier).value(name);
  json.end();
  write_list(json, "derived", explanation.derived);
  write_names(json, "features", explanation.features);
  write_names(json, "segments", explanation.segments);
  write_list(json, "aggregates", explanation.aggregates);
  json.end();
  return out + "\n";
}

}  // namespace millrace
