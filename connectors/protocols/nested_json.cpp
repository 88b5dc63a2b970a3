#include "connectors/protocols/nested_json.hpp"

#include "engine/base/json_writer.hpp"

#include <algorithm>
#include <string_view>

namespace millrace::protocols {
namespace {

void write_value(std::string_view path, std::string_view value, JsonWriter& json) {
  const bool typed = path.starts_with("properties.") || path.starts_with("traits.");
  if (typed && (value == "true" || value == "false" || is_plain_number(value)))
    json.raw(value);
  else
    json.value(value);
}

}  // namespace

void write_nested_json(std::vector<Parameter>& pairs, std::string& out) {
  // Sorted, what lies in one object stands together.
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(pairs.begin(), pairs.end(), before))
    std::stable_sort(pairs.begin(), pairs.end(), before);
  JsonWriter json(out);
  json.object();
  std::string_view open;  // the path of the objects that are open: "a.b."
  for (const auto& [path, value] : pairs) {
    const std::string_view objects = path.substr(0, path.rfind('.') + 1);
    while (!objects.starts_with(open)) {
      json.end();
      open.remove_suffix(1);
      open = open.substr(0, open.rfind('.') + 1);
    }
    while (open.size() < objects.size()) {
      const std::string_view rest = objects.substr(open.size());
      const std::string_view name = rest.substr(0, rest.find('.'));
      json.key(name).object();
      open = objects.substr(0, open.size() + name.size() + 1);
    }
    json.key(path.substr(objects.size()));
    write_value(path, value, json);
  }
  for (const char c : open)
    if (c == '.') json.end();
  json.end();
}

}  // namespace millrace::protocols
