#include "engine/topology/reference.hpp"

#include "engine/config/scalar.hpp"
#include "engine/topology/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

struct StageWords {
  Stage stage;
  std::string_view name;
  std::string_view title;
  std::string_view meaning;
};
constexpr StageWords kStages[] = {
    {Stage::kParse, "parse", "Parsing", "Hits become events: one such node, first, in parallel."},
    {Stage::kIngest,
     "ingest",
     "Before it is known whose",
     "Events one by one, without state, in parallel; a chain between `parse` and `identify`."},
    {Stage::kIdentify,
     "identify",
     "Whose",
     "Every event gets its profile: one such node, in the journal's order."},
    {Stage::kLane,
     "lanes",
     "Profiles",
     "Events of known profiles, with state, timers and epochs; any graph without circles."},
    {Stage::kSink,
     "sinks",
     "Sinks",
     "Take outputs out, and with `from: NODE.rejects` the rows that a node refused. A sink without "
     "`from` gets everything."},
};

const StageWords& words_of(Stage stage) {
  return *std::find_if(std::begin(kStages), std::end(kStages), [&](const StageWords& words) {
    return words.stage == stage;
  });
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    out.append(indent).append(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

// A node or section with every default written out. An Info is an OperatorInfo or a SectionInfo.
template <class Info>
std::string example(const Info& info) {
  const std::unique_ptr<void, void (*)(void*)> defaults(info.config->create(),
                                                        info.config->destroy);
  const std::string fields = config::to_yaml(*info.config, defaults.get());
  if (fields == "{}\n") return fmt::format("{}: {{}}\n", info.name);
  return fmt::format("{}:\n{}", info.name, indented(fields, "  "));
}

std::string field_line(const config::FieldInfo& field) {
  std::string out = fmt::format("  {}  ({}", field.name, config::type_name(*field.type));
  if (const auto limits = config::describe_limits(*field.type, field.limits); !limits.empty())
    out += ", " + limits;
  if (field.limits.required) out += ", required";
  return out + fmt::format(")\n      {}\n", field.help);
}

template <class Info>
std::string describe(const Info& info, std::string_view place) {
  std::string out = fmt::format("{} ({})\n  {}\n", info.name, place, info.summary);
  if (!info.config->fields.empty()) out += "\nFields\n";
  for (const config::FieldInfo& field : info.config->fields) out += field_line(field);
  return out + "\nWith every default\n" + indented(example(info), "  ");
}

void write_section(JsonWriter& json, const SectionInfo& info) {
  json.object().key("name").value(info.name).key("summary").value(info.summary);
  config::write_schema(*info.config, json.key("config"));
  json.end();
}

void write_operator(JsonWriter& json, const OperatorInfo& info) {
  json.object();
  json.key("name").value(info.name);
  json.key("summary").value(info.summary);
  json.key("stage").value(words_of(info.stage).name);
  config::write_schema(*info.config, json.key("config"));
  json.end();
}

}  // namespace

std::string list_operators(const Registry& registry) {
  std::size_t width = 0;
  for (const auto& [name, info] : registry.all()) width = std::max(width, name.size());
  std::string out;
  for (const StageWords& words : kStages) {
    out += fmt::format("{}{}: {}\n", out.empty() ? "" : "\n", words.name, words.meaning);
    for (const auto& [name, info] : registry.all())
      if (info.stage == words.stage)
        out += fmt::format("  {:<{}}  {}\n", name, width, info.summary);
  }
  if (!registry.sections().empty()) out += "\nsections: What stands beside the nodes.\n";
  for (const auto& [name, info] : registry.sections())
    out += fmt::format("  {:<{}}  {}\n", name, width, info.summary);
  return out;
}

std::string describe_operator(const OperatorInfo& info) {
  return describe(info, words_of(info.stage).name);
}

std::string describe_section(const SectionInfo& info) { return describe(info, "section"); }

std::string reference_section(const OperatorInfo& info) {
  std::string out = fmt::format("### {}\n\n{}\n\n", info.name, info.summary);
  if (!info.config->fields.empty()) out += config::reference_table(*info.config) + "\n";
  return out + fmt::format("With every default:\n\n```yaml\n{}```\n", example(info));
}

std::string reference_section(const SectionInfo& info) {
  return fmt::format("{}\n\n{}\nWith every default:\n\n```yaml\n{}```\n",
                     info.summary,
                     config::reference_table(*info.config),
                     example(info));
}

std::string reference_page(const Registry& registry) {
  std::string out =
      "# Reference: what a topology may say\n\n"
      "This page is written by `make docs` from what the program itself declares.\n"
      "Editors get the same from [topologies/schema.json](../topologies/schema.json).\n\n"
      "## Settings\n\n" +
      config::reference_table<TopologySettings>() +
      "\nEvery scalar may refer to the environment, `${env:NAME}` or `${env:NAME:-default}`, and "
      "to a "
      "file, `${file:PATH}`.\nA node's operator is the one of its own name, unless `use` names "
      "another; its events come from the node\nbefore it, unless `from` names others.\n";
  for (const auto& [name, info] : registry.sections())
    out += fmt::format("\n## Section `{}`\n\n{}", name, reference_section(info));
  for (const StageWords& words : kStages) {
    out += fmt::format("\n## {}\n\n{}\n", words.title, words.meaning);
    for (const auto& [name, info] : registry.all())
      if (info.stage == words.stage) out += "\n" + reference_section(info);
  }
  return out;
}

std::string registry_as_json(const Registry& registry) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object();
  config::write_schema(config::describe<TopologySettings>(), json.key("settings"));
  json.key("sections").array();
  for (const auto& [name, info] : registry.sections()) write_section(json, info);
  json.end();
  json.key("operators").array();
  for (const StageWords& words : kStages)
    for (const auto& [name, info] : registry.all())
      if (info.stage == words.stage) write_operator(json, info);
  json.end().end();
  return out + "\n";
}

std::string section_as_json(const SectionInfo& info) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  write_section(json, info);
  return out + "\n";
}

std::string operator_as_json(const OperatorInfo& info) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  write_operator(json, info);
  return out + "\n";
}

}  // namespace millrace
