// Values back to YAML and JSON.
#include "engine/config/quantity.hpp"
#include "engine/config/resolver.hpp"
#include "engine/config/scalar.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace millrace::config {
namespace {

// A word that YAML 1.1 or 1.2 reads as something other than text.
bool is_reserved(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords = {
      "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::find(kWords, lower) != kWords.end();
}

// Plain if that is safe beyond doubt, else in double quotes: YAML's escapes include all of JSON's.
std::string yaml_text(std::string_view text) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '/';
  };
  const bool plain =
      !text.empty() && is_word(text[0]) && !std::isdigit(static_cast<unsigned char>(text[0])) &&
      std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
  if (plain && !is_reserved(text)) return std::string(text);
  std::string out;
  append_json_string(out, text);
  return out;
}

bool is_textual(Shape shape) {
  return shape == Shape::kString || shape == Shape::kText || shape == Shape::kSecret ||
         shape == Shape::kEnum;
}

class YamlWriter {
 public:
  explicit YamlWriter(std::string& out) : out_(out) {}

  // The entries of a map or items of a list, each on lines of their own; nothing may be empty or
  // scalar.
  void block(const TypeInfo& type, const void* value, std::size_t indent) {
    switch (type.shape) {
      case Shape::kStruct:
        fields(*type.structure, value, indent);
        break;
      case Shape::kMap:
        for_each(type, value, [&](std::string_view key, const void* element) {
          entry(yaml_text(key), *type.element, element, indent);
        });
        break;
      case Shape::kList:
        for_each(type, value, [&](std::string_view, const void* element) {
          item(*type.element, element, indent);
        });
        break;
      case Shape::kOptional:
        for_each(type, value, [&](std::string_view, const void* element) {
          block(*type.element, element, indent);
        });
        break;
      default:
        node_block(*static_cast<const Node*>(value), indent);
    }
  }

  void fields(const StructInfo& type, const void* value, std::size_t indent) {
    for (const auto& field : type.fields)
      entry(std::string(field.name), *field.type, field.of(value), indent);
  }

 private:
  // What fits behind `key:`; nothing for what takes a block.
  static std::optional<std::string> on_one_line(const TypeInfo& type, const void* value) {
    switch (type.shape) {
      case Shape::kStruct:
        return type.structure->fields.empty() ? std::optional("{}") : std::nullopt;
      case Shape::kMap:
        return type.container->size(value) == 0 ? std::optional("{}") : std::nullopt;
      case Shape::kList:
        return type.container->size(value) == 0 ? std::optional("[]") : std::nullopt;
      case Shape::kOptional: {
        std::optional<std::string> out = "null";
        for_each(type, value, [&](std::string_view, const void* element) {
          out = on_one_line(*type.element, element);
        });
        return out;
      }
      case Shape::kNode:
        return node_on_one_line(*static_cast<const Node*>(value));
      default:
        break;
    }
    const auto text = scalar_text(type, value);
    return is_textual(type.shape) ? yaml_text(escape_references(text)) : text;
  }

  void entry(const std::string& key, const TypeInfo& type, const void* value, std::size_t indent) {
    out_.append(indent, ' ').append(key).append(":");
    if (const auto line = on_one_line(type, value)) {
      out_.append(" ").append(*line).append("\n");
    } else {
      out_ += '\n';
      block(type, value, indent + 2);
    }
  }

  void item(const TypeInfo& type, const void* value, std::size_t indent) {
    const auto begin = out_.size();
    if (const auto line = on_one_line(type, value))
      out_.append(indent + 2, ' ').append(*line).append("\n");
    else
      block(type, value, indent + 2);
    out_[begin + indent] = '-';  // in the indentation of the item's first line
  }

  static std::optional<std::string> node_on_one_line(const Node& node) {
    switch (node.kind()) {
      case Node::Kind::kNull:
        return "null";
      case Node::Kind::kMap:
        return node.size() == 0 ? std::optional("{}") : std::nullopt;
      case Node::Kind::kList:
        return node.size() == 0 ? std::optional("[]") : std::nullopt;
      case Node::Kind::kScalar:
        break;
    }
    // Plain text was plain in its file, and on one line it still is.
    const auto text = node.text();
    if (!node.quoted() && text.find('\n') == std::string_view::npos) return std::string(text);
    std::string out;
    append_json_string(out, text);
    return out;
  }

  void node_block(const Node& node, std::size_t indent) {
    static constexpr TypeInfo kNode{.shape = Shape::kNode};
    for (const auto& one : node.entries()) {
      const auto key = node_on_one_line(one.key_node);
      entry(key.value_or(""), kNode, &one.value, indent);
    }
    for (const auto& one : node.items()) item(kNode, &one, indent);
  }

  std::string& out_;
};

void write_node(const Node& node, JsonWriter& json) {
  switch (node.kind()) {
    case Node::Kind::kNull:
      json.null();
      break;
    case Node::Kind::kScalar:
      json.value(node.text());
      break;
    case Node::Kind::kList:
      json.array();
      for (const auto& item : node.items()) write_node(item, json);
      json.end();
      break;
    case Node::Kind::kMap:
      json.object();
      for (const auto& entry : node.entries()) write_node(entry.value, json.key(entry.key));
      json.end();
  }
}

}  // namespace

void write_json(const TypeInfo& type, const void* value, JsonWriter& json) {
  switch (type.shape) {
    case Shape::kBool:
    case Shape::kInteger:
      json.raw(scalar_text(type, value));
      break;
    case Shape::kNumber:
      json.value(*static_cast<const double*>(value));
      break;
    case Shape::kStruct:
      write_json(*type.structure, value, json);
      break;
    case Shape::kNode:
      write_node(*static_cast<const Node*>(value), json);
      break;
    case Shape::kOptional:
      if (type.container->size(value) == 0) json.null();
      for_each(type, value, [&](std::string_view, const void* element) {
        write_json(*type.element, element, json);
      });
      break;
    case Shape::kList:
      json.array();
      for_each(type, value, [&](std::string_view, const void* element) {
        write_json(*type.element, element, json);
      });
      json.end();
      break;
    case Shape::kMap:
      json.object();
      for_each(type, value, [&](std::string_view key, const void* element) {
        write_json(*type.element, element, json.key(key));
      });
      json.end();
      break;
    default:
      json.value(scalar_text(type, value));
  }
}

void write_json(const StructInfo& type, const void* value, JsonWriter& json) {
  json.object();
  for (const auto& field : type.fields)
    write_json(*field.type, field.of(value), json.key(field.name));
  json.end();
}

std::string to_yaml(const StructInfo& type, const void* value) {
  std::string out;
  YamlWriter(out).fields(type, value, 0);
  return out.empty() ? "{}\n" : out;
}

}  // namespace millrace::config
