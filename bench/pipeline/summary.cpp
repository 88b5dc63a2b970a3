#include "bench/pipeline/summary.hpp"

#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

namespace millrace {

void Summary::add(std::string name, double value, std::string unit, std::string against) {
  const double ratio = against.empty() ? 0 : value / this->value(against);
  findings_.push_back(
      {std::move(name), value, std::move(unit), std::move(against), ratio, command_});
}

double Summary::value(const std::string& name) const {
  for (const Finding& finding : findings_)
    if (finding.name == name) return finding.value;
  CHECK(false);
  return 0;
}

std::string Summary::table() const {
  std::string out =
      fmt::format("{:<34} {:>14} {:<12} {:>7}  {}\n", "what", "value", "unit", "ratio", "against");
  for (const Finding& finding : findings_) {
    const std::string ratio = finding.against.empty() ? "" : fmt::format("{:.3f}", finding.ratio);
    out += fmt::format("{:<34} {:>14.{}f} {:<12} {:>7}  {}\n",
                       finding.name,
                       finding.value,
                       finding.value < 100 ? 2 : 0,
                       finding.unit,
                       ratio,
                       finding.against);
  }
  return out;
}

std::string Summary::json() const {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.array();
  for (const Finding& finding : findings_) {
    json.object();
    json.key("name").value(finding.name);
    json.key("value").value(finding.value);
    json.key("unit").value(finding.unit);
    if (!finding.against.empty()) json.key("against").value(finding.against);
    if (!finding.against.empty()) json.key("ratio").value(finding.ratio);
    json.key("command").value(finding.command);
    json.end();
  }
  json.end();
  out.push_back('\n');
  return out;
}

}  // namespace millrace
