// JSON Schema, draft 2020-12 (json-schema.org/draft/2020-12/json-schema-core), as narrow as the
// parser: every scalar may also be a `${...}` reference, and what may be left empty may be null.
#include "engine/config/schema.hpp"

#include "engine/config/scalar.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace millrace::config {
namespace {

constexpr std::string_view kDurationPattern =
    "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
constexpr std::string_view kSizePattern = "^[0-9]+([kKMGT]?B|[KMGT]iB)?$";
constexpr std::string_view kRatePattern = "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)[kM]?/[smhd]$";
constexpr std::string_view kReferencePattern = "\\$\\{(env|file):";

bool has_limits(const Limits& limits) {
  return limits.min_size > 0 || limits.max_size != SIZE_MAX || !limits.pattern.empty() ||
         !limits.one_of.empty();
}

class SchemaWriter {
 public:
  explicit SchemaWriter(JsonWriter& json) : json_(json) {}

  // The keywords of a struct, into the object that is open.
  void structure(const StructInfo& type, std::span<const SchemaProperty> more = {}) {
    if (std::ranges::find(open_, &type) != open_.end())
      return;  // a struct within itself: anything goes
    open_.push_back(&type);
    const std::unique_ptr<void, void (*)(void*)> defaults(type.create(), type.destroy);
    const bool needed =
        std::ranges::any_of(type.fields, [](const auto& field) { return field.limits.required; });
    type_or_null("object", !needed);
    json_.key("properties").object();
    for (const auto& property : more) {
      property.write(json_.key(property.name).object());
      json_.end();
    }
    for (const auto& field : type.fields) {
      if (std::ranges::find(more, field.name, &SchemaProperty::name) != more.end()) continue;
      json_.key(field.name).object();
      this->field(field, field.of(defaults.get()));
      json_.end();
    }
    json_.end();
    if (needed) {
      json_.key("required").array();
      for (const auto& field : type.fields)
        if (field.limits.required) json_.value(field.name);
      json_.end();
    }
    json_.key("additionalProperties").value(false);
    open_.pop_back();
  }

 private:
  void field(const FieldInfo& field, const void* value) {
    auto description = std::string(field.help);
    if (const auto limits = describe_limits(*field.type, field.limits); !limits.empty())
      description += " (" + limits + ")";
    if (!field.limits.deprecated.empty())
      description += " Deprecated: " + std::string(field.limits.deprecated) + ".";
    json_.key("description").value(description);
    if (!field.limits.deprecated.empty()) json_.key("deprecated").value(true);
    const auto shape = field.type->shape;
    const bool shown = shape != Shape::kStruct && shape != Shape::kNode &&
                       shape != Shape::kSecret &&
                       !(shape == Shape::kOptional && field.type->container->size(value) == 0);
    if (shown && !field.limits.required) write_json(*field.type, value, json_.key("default"));
    this->type(*field.type, field.limits);
  }

  // One form is written as it is, several as alternatives.
  void type(const TypeInfo& type, const Limits& limits) {
    const bool optional = type.shape == Shape::kOptional;
    const auto& inner = optional ? *type.element : type;
    const bool short_form =
        inner.shape == Shape::kStruct && inner.structure->from_scalar != nullptr;
    if (!optional && !short_form && !has_reference_form(inner, limits))
      return main_form(inner, limits);
    json_.key("anyOf").array();
    json_.object();
    main_form(inner, limits);
    json_.end();
    if (inner.shape == Shape::kDuration) json_.object().key("const").value(0).end();
    if (inner.shape == Shape::kSize)
      json_.object().key("type").value("integer").key("minimum").value(0).end();
    if (short_form)
      json_.object()
          .key("type")
          .array()
          .value("string")
          .value("number")
          .value("boolean")
          .end()
          .end();
    if (has_reference_form(inner, limits))
      json_.object().key("type").value("string").key("pattern").value(kReferencePattern).end();
    if (optional) json_.object().key("type").value("null").end();
    json_.end();
  }

  // A string without limits takes a reference as it is.
  static bool has_reference_form(const TypeInfo& type, const Limits& limits) {
    const bool string =
        type.shape == Shape::kString || type.shape == Shape::kText || type.shape == Shape::kSecret;
    return is_scalar(type) && (!string || has_limits(limits));
  }

  void main_form(const TypeInfo& type, const Limits& limits) {
    switch (type.shape) {
      case Shape::kBool:
        json_.key("type").value("boolean");
        break;
      case Shape::kInteger:
        range("integer", type, limits);
        break;
      case Shape::kNumber:
        range("number", type, limits);
        break;
      case Shape::kSecret:
        json_.key("writeOnly").value(true);
        [[fallthrough]];
      case Shape::kString:
      case Shape::kText:
        text(limits);
        break;
      case Shape::kDuration:
        pattern(kDurationPattern);
        break;
      case Shape::kSize:
        pattern(kSizePattern);
        break;
      case Shape::kRate:
        pattern(kRatePattern);
        break;
      case Shape::kEnum:
        json_.key("enum").array();
        for (const auto& name : type.names) json_.value(name.name);
        json_.end();
        break;
      case Shape::kList:
        container("array", "items", type, limits);
        break;
      case Shape::kMap:
        container("object", "additionalProperties", type, limits);
        break;
      case Shape::kStruct:
        structure(*type.structure);
        break;
      case Shape::kOptional:
        this->type(type, limits);
        break;
      case Shape::kNode:
        break;
    }
  }

  void range(std::string_view name, const TypeInfo& type, const Limits& limits) {
    json_.key("type").value(name);
    // Narrow integers are limited by their type; wide ones are beyond what editors count to.
    const unsigned bits = type.bytes * 8U - (type.is_signed ? 1 : 0);
    const bool narrow = type.shape == Shape::kInteger && type.bytes < 8;
    if (limits.min != nullptr)
      json_.key("minimum").raw(scalar_text(type, limits.min));
    else if (type.shape == Shape::kInteger && !type.is_signed)
      json_.key("minimum").value(0);
    else if (narrow)
      json_.key("minimum").value(-(std::int64_t{1} << bits));
    if (limits.max != nullptr)
      json_.key("maximum").raw(scalar_text(type, limits.max));
    else if (narrow)
      json_.key("maximum").value((std::int64_t{1} << bits) - 1);
  }

  void text(const Limits& limits) {
    json_.key("type").value("string");
    sizes("Length", limits);
    if (!limits.pattern.empty())
      json_.key("pattern").value("^(?:" + std::string(limits.pattern) + ")$");
    if (limits.one_of.empty()) return;
    json_.key("enum").array();
    for (const auto& one : limits.one_of) json_.value(one);
    json_.end();
  }

  void pattern(std::string_view pattern) {
    json_.key("type").value("string").key("pattern").value(pattern);
  }

  void container(std::string_view name,
                 std::string_view elements,
                 const TypeInfo& type,
                 const Limits& limits) {
    type_or_null(name, limits.min_size == 0);
    sizes(type.shape == Shape::kList ? "Items" : "Properties", limits);
    json_.key(elements).object();
    this->type(*type.element, {});
    json_.end();
  }

  void sizes(std::string_view of, const Limits& limits) {
    if (limits.min_size > 0) json_.key("min" + std::string(of)).value(limits.min_size);
    if (limits.max_size != SIZE_MAX) json_.key("max" + std::string(of)).value(limits.max_size);
  }

  void type_or_null(std::string_view name, bool or_null) {
    if (or_null)
      json_.key("type").array().value(name).value("null").end();
    else
      json_.key("type").value(name);
  }

  JsonWriter& json_;
  std::vector<const StructInfo*> open_;  // the structs around the current place
};

}  // namespace

void write_schema(const StructInfo& type, JsonWriter& json) {
  json.object();
  SchemaWriter(json).structure(type);
  json.end();
}

void write_schema_keywords(const StructInfo& type,
                           std::span<const SchemaProperty> more,
                           JsonWriter& json) {
  SchemaWriter(json).structure(type, more);
}

std::string json_schema(const StructInfo& type, std::string_view title) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object().key("$schema").value("https://json-schema.org/draft/2020-12/schema");
  if (!title.empty()) json.key("title").value(title);
  SchemaWriter(json).structure(type);
  json.end();
  out += '\n';
  return out;
}

}  // namespace millrace::config
