// The reference page of a described struct: a Markdown table.
#include "engine/config/scalar.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace millrace::config {
namespace {

// A bar would end the table's cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

class ReferenceTable {
 public:
  std::string write(const StructInfo& type) {
    out_ = "| field | type | default | meaning |\n|---|---|---|---|\n";
    rows(type, {});
    return std::move(out_);
  }

 private:
  void rows(const StructInfo& type, const std::string& prefix) {
    if (std::ranges::find(open_, &type) != open_.end())
      return;  // a struct within itself is told once
    open_.push_back(&type);
    const std::unique_ptr<void, void (*)(void*)> defaults(type.create(), type.destroy);
    for (const auto& field : type.fields) {
      row(field, prefix, field.of(defaults.get()));
      nested(*field.type, prefix + std::string(field.name));
    }
    open_.pop_back();
  }

  void row(const FieldInfo& field, const std::string& prefix, const void* value) {
    auto type = type_name(*field.type);
    if (const auto limits = describe_limits(*field.type, field.limits); !limits.empty())
      type += ", " + limits;
    auto meaning = std::string(field.help);
    if (!field.limits.deprecated.empty())
      meaning += " Deprecated: " + std::string(field.limits.deprecated) + ".";
    const auto shown = field.limits.required ? "required" : default_text(*field.type, value);
    out_ += "| `" + prefix + std::string(field.name) + "` | " + cell(type) + " | " + cell(shown) +
            " | " + cell(meaning) + " |\n";
  }

  static std::string default_text(const TypeInfo& type, const void* value) {
    if (type.shape == Shape::kStruct || type.shape == Shape::kNode || type.shape == Shape::kSecret)
      return {};
    std::string out;
    if (type.shape == Shape::kList || type.shape == Shape::kMap) {
      JsonWriter json(out);
      if (type.container->size(value) > 0) write_json(type, value, json);
    } else if (type.shape == Shape::kOptional) {
      for_each(type, value, [&](std::string_view, const void* element) {
        out = default_text(*type.element, element);
      });
      return out;
    } else {
      out = scalar_text(type, value);
    }
    return out.empty() ? out : "`" + out + "`";
  }

  void nested(const TypeInfo& type, const std::string& name) {
    switch (type.shape) {
      case Shape::kStruct:
        rows(*type.structure, name + ".");
        break;
      case Shape::kOptional:
        nested(*type.element, name);
        break;
      case Shape::kList:
        nested(*type.element, name + "[]");
        break;
      case Shape::kMap:
        nested(*type.element, name + ".<name>");
        break;
      default:
        break;
    }
  }

  std::string out_;
  std::vector<const StructInfo*> open_;  // the structs around the current place
};

}  // namespace

std::string reference_table(const StructInfo& type) { return ReferenceTable().write(type); }

}  // namespace millrace::config
