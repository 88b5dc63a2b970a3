#include "engine/operator/profile_view.hpp"

#include "engine/base/json_writer.hpp"

namespace millrace {

void ProfileView::put(std::string_view section, std::string_view name, const Value& value) {
  std::string json;
  switch (value.kind()) {
    case ValueKind::kBool:
      json = value.boolean() ? "true" : "false";
      break;
    case ValueKind::kNumber:
      append_json_number(json, value.number());
      break;
    case ValueKind::kString:
      append_json_string(json, value.text());
      break;
    case ValueKind::kTime:
      append_json_string(json, format_time(value.time()));
      break;
    default:
      return;
  }
  put(section, name, std::move(json));
}

}  // namespace millrace
