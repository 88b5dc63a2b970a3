#include "engine/config/checker.hpp"
#include "engine/config/resolver.hpp"
#include "engine/config/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::config {
namespace {

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string_view article(std::string_view noun) {
  return std::string_view("aeiou").find(noun[0]) == std::string_view::npos ? "a" : "an";
}

// "a duration", "an integer", "one of synced, written", "a list".
std::string wanted(const TypeInfo& type) {
  if (type.shape == Shape::kList) return "a list";
  if (type.shape == Shape::kMap || type.shape == Shape::kStruct) return "a map";
  const auto name = type_name(type);
  return type.shape == Shape::kEnum ? name : fmt::format("{} {}", article(name), name);
}

// Fills described structs from nodes. Going on after a problem is the point: a field that is wrong
// keeps its default, and what is below or beside it is still looked at.
class Reader {
 public:
  Reader(const ParseOptions& options, Problems& problems)
      : resolver_(options.resolver), also_(options.also), problems_(problems) {}

  void read_struct(const StructInfo& type, const Node& node, const std::string& path, void* value) {
    if (node.is_scalar() && type.from_scalar != nullptr)
      return read_short_form(type, node, path, value);
    if (!node.is_map() && !node.is_null()) return fail_kind(node, path, "a map");
    // Only the outermost struct shares its node with somebody else.
    const auto also = std::exchange(also_, {});
    const auto doubts_before = doubts_;
    for (const auto& field : type.fields) {
      if (const auto child = node.child(field.name))
        read_value(*field.type, field.limits, child, joined(path, field.name), field.member(value));
      else if (field.limits.required)
        fail(node,
             node.name_location(),
             path,
             fmt::format("required field '{}' is missing", field.name));
    }
    refuse_unknown(type, node, path, also);
    // Rules across fields are asked only of fields that hold what the file says.
    if (type.check == nullptr || doubts_ != doubts_before) return;
    const auto problems_before = problems_.size();
    Checker checker(node, path, problems_);
    type.check(value, checker);
    doubts_ += problems_.size() - problems_before;
  }

 private:
  void read_value(const TypeInfo& type,
                  const Limits& limits,
                  const Node& node,
                  const std::string& path,
                  void* value) {
    switch (type.shape) {
      case Shape::kNode:
        *static_cast<Node*>(value) = node;
        break;
      case Shape::kStruct:
        read_struct(*type.structure, node, path, value);
        break;
      case Shape::kOptional:
        type.container->clear(value);
        if (!node.is_null())
          read_value(*type.element, limits, node, path, type.container->add(value, {}));
        break;
      case Shape::kList:
      case Shape::kMap:
        read_container(type, limits, node, path, value);
        break;
      default:
        read_scalar_node(type, limits, node, path, value);
    }
  }

  void read_container(const TypeInfo& type,
                      const Limits& limits,
                      const Node& node,
                      const std::string& path,
                      void* value) {
    const auto kind = type.shape == Shape::kList ? Node::Kind::kList : Node::Kind::kMap;
    if (node.kind() != kind && !node.is_null()) return fail_kind(node, path, wanted(type));
    type.container->clear(value);
    std::size_t index = 0;
    for (const auto& item : node.items())
      read_value(*type.element,
                 {},
                 item,
                 fmt::format("{}[{}]", path, index++),
                 type.container->add(value, {}));
    for (const auto& entry : node.entries())
      read_value(*type.element,
                 {},
                 entry.value,
                 joined(path, entry.key),
                 type.container->add(value, entry.key));
    if (auto complaint = broken_limit(type, limits, value, {}))
      fail(
          node, node.name_location(), path, std::move(complaint->what), std::move(complaint->hint));
  }

  void read_scalar_node(const TypeInfo& type,
                        const Limits& limits,
                        const Node& node,
                        const std::string& path,
                        void* value) {
    if (!node.is_scalar()) return fail_kind(node, path, wanted(type));
    const auto expanded = expand_node(node, path);
    if (!expanded) return;
    const bool secret = type.shape == Shape::kSecret;
    const auto shown = secret ? "the secret" : shown_text(node, *expanded);
    auto complaint = read_scalar(type, expanded->text, shown, value);
    if (!complaint) complaint = broken_limit(type, limits, value, shown);
    if (type.shape == Shape::kText) static_cast<Text*>(value)->node = node;
    if (!complaint) return;
    auto at = node.location();
    if (secret) at.length = 0;
    fail(node, at, path, std::move(complaint->what), std::move(complaint->hint));
  }

  void read_short_form(const StructInfo& type,
                       const Node& node,
                       const std::string& path,
                       void* value) {
    const auto expanded = expand_node(node, path);
    if (expanded && !type.from_scalar({expanded->text, node}, value))
      fail(node,
           node.location(),
           path,
           shown_text(node, *expanded) + " is not understood",
           "or write it out as a map");
  }

  // The text with its references replaced; nothing if it has a problem or cannot be known.
  std::optional<Expanded> expand_node(const Node& node, const std::string& path) {
    auto expanded = expand(node, resolver_, path, problems_);
    if (expanded && expanded->known) return expanded;
    ++doubts_;
    return std::nullopt;
  }

  // What the environment or a file holds may be secret, so a message shows the reference instead.
  static std::string shown_text(const Node& node, const Expanded& expanded) {
    return expanded.referred ? "the value of " + quote(node.text()) : quote(expanded.text);
  }

  void refuse_unknown(const StructInfo& type,
                      const Node& node,
                      const std::string& path,
                      std::span<const std::string_view> also) {
    std::vector<std::string_view> names(also.begin(), also.end());
    for (const auto& field : type.fields) names.push_back(field.name);
    for (const auto& entry : node.entries()) {
      if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
      if (problems_.size() >= kProblemsMax) break;
      fail(entry.key_node,
           entry.key_node.location(),
           path,
           "unknown field " + quote(entry.key),
           did_you_mean(entry.key, names));
    }
  }

  void fail_kind(const Node& node, const std::string& path, const std::string& wanted) {
    const bool colon = !node.quoted() && node.text().find(':') != std::string_view::npos;
    fail(node,
         node.location(),
         path,
         fmt::format("expected {}, found {}", wanted, node.kind_name()),
         colon && wanted == "a map" ? "a space must follow the ':'" : "");
  }

  void fail(const Node& node,
            Location at,
            const std::string& path,
            std::string what,
            std::string hint = {}) {
    ++doubts_;
    if (problems_.size() < kProblemsMax)
      problems_.push_back(node.problem_at(at, path, std::move(what), std::move(hint)));
  }

  const Resolver* resolver_;
  std::span<const std::string_view> also_;
  Problems& problems_;
  std::size_t doubts_ = 0;  // problems, and values that only a resolver could tell
};

}  // namespace

void read_struct(const StructInfo& type,
                 const Node& node,
                 void* value,
                 Problems& problems,
                 const ParseOptions& options) {
  Reader(options, problems).read_struct(type, node, options.path, value);
}

}  // namespace millrace::config
