// Properties, traits, and the streams that calls name: `event.category`, `purchase.items[0].price
// where ...`.
#include "engine/expression/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::expression {
namespace {

constexpr std::array<std::pair<std::string_view, Envelope>, 10> kEnvelope = {
    {{"name", Envelope::kName},
     {"kind", Envelope::kKind},
     {"type", Envelope::kKind},
     {"source", Envelope::kSource},
     {"user_id", Envelope::kUserId},
     {"anonymous_id", Envelope::kAnonymousId},
     {"message_id", Envelope::kMessageId},
     {"group_id", Envelope::kGroupId},
     {"time", Envelope::kTime},
     {"received", Envelope::kReceived}}};

// A key as the projection reads it back.
std::string quoted(const std::string& key) {
  return key.empty() || key.find_first_of(".[]\" \t") != std::string::npos ? '"' + key + '"' : key;
}

template <class T>
std::vector<std::string_view> names_of(const std::map<std::string, T, std::less<>>& names,
                                       std::string_view without = "") {
  std::vector<std::string_view> all;
  for (const auto& [name, meaning] : names)
    all.push_back(name.starts_with(without) ? std::string_view(name).substr(without.size())
                                            : std::string_view(name));
  return all;
}

constexpr std::string_view kProperties = "properties.";

}  // namespace

std::optional<Translation::Path> Translation::path(NodeId id) const {
  const SyntaxNode& node = ast_[id];
  if (node.kind == Syntax::kName || node.kind == Syntax::kString) return Path{node.text, ""};
  if (node.kind != Syntax::kMember && node.kind != Syntax::kIndex) return std::nullopt;
  auto owner = path(node.children[0]);
  if (!owner) return owner;
  owner->rest += node.kind == Syntax::kIndex ? fmt::format("[{}]", static_cast<int>(node.number))
                                             : "." + quoted(node.text);
  return owner;
}

// `category` is short for `properties.category`; context, traits and properties are the event's own
// parts.
std::string Translation::field_path(const Path& path) {
  const bool part = path.root == "properties" || path.root == "context" || path.root == "traits";
  return (part && path.rest.starts_with(".") ? "" : std::string(kProperties)) + quoted(path.root) +
         path.rest;
}

Translation::Maybe Translation::member(NodeId id) {
  const auto whole = path(id);
  if (!whole || ast_[id].children.empty()) return fail(id, "only event and profile have members");
  if (whole->root == "event") return event_member(id, whole->rest);
  if (scope_ == Scope::kFilter) {
    if (whole->root == "profile") return fail(id, "a filter can read the event only");
    return property(id, field_path(*whole));
  }
  if (whole->root == "profile") return trait(id, whole->rest);
  return fail(id,
              fmt::format("'{}' has no members here", whole->root),
              "members are of event.x and profile.x");
}

Translation::Maybe Translation::event_member(NodeId id, const std::string& rest) {
  if (scope_ == Scope::kFeature || (scope_ == Scope::kExpression && !target_.environment.event))
    return fail(
        id, "there is no event at hand here", "last(purchase.value) reads one from the past");
  if (!rest.starts_with(".")) return fail(id, "the event is no list");
  program().needs.event = true;
  const std::string_view name = std::string_view(rest).substr(1);
  const auto* at = std::find_if(
      kEnvelope.begin(), kEnvelope.end(), [&](auto& one) { return one.first == name; });
  if (at != kEnvelope.end()) {
    const bool time = at->second == Envelope::kTime || at->second == Envelope::kReceived;
    return emit({Op::kEnvelope, static_cast<std::uint32_t>(at->second)},
                time ? Type::kTime : Type::kString);
  }
  const auto end = std::min(name.find_first_of(".["), name.size());
  // A quoted first key is never one of the event's parts.
  if (name.starts_with("\"")) return property(id, std::string(kProperties) + std::string(name));
  return property(id,
                  field_path({std::string(name.substr(0, end)), std::string(name.substr(end))}));
}

Translation::Maybe Translation::property(NodeId id, const std::string& field_path) {
  if (!parse_path(field_path))
    return fail(id, "too long a path, or a key with a double quote in it");
  const auto& declared = target_.environment.properties;
  const auto at = declared.names.find(field_path);
  if (at == declared.names.end() && declared.closed) {
    const bool plain = field_path.starts_with(kProperties);
    const std::string_view name =
        std::string_view(field_path).substr(plain ? kProperties.size() : 0);
    return fail(id,
                fmt::format("unknown event field '{}'", name),
                did_you_mean(name, names_of(declared.names, plain ? kProperties : "")));
  }
  const Type type = at == declared.names.end() ? Type::kAny : at->second;
  const FieldId field = target_.catalog.fields.add(field_path, type == Type::kTime);
  program().needs.fields.push_back(field);
  program().needs.event = true;
  return emit({Op::kField, field}, type);
}

Translation::Maybe Translation::trait(NodeId id, const std::string& rest) {
  if (!rest.starts_with(".")) return fail(id, "the profile is no list");
  const std::string name = rest.substr(1);
  const auto& declared = target_.environment.traits;
  const auto at = declared.names.find(name);
  if (at == declared.names.end() && declared.closed)
    return fail(id,
                fmt::format("unknown profile trait '{}'", name),
                did_you_mean(name, names_of(declared.names)));
  // An identify call brings it under this path.
  const std::string sent = "traits" + rest;
  if (!parse_path(sent)) return fail(id, "too long a path, or a key with a double quote in it");
  target_.catalog.fields.add(sent, at != declared.names.end() && at->second == Type::kTime);
  const NameId trait = target_.catalog.traits.add(name);
  program().needs.traits.push_back(trait);
  return emit({Op::kTrait, trait}, at == declared.names.end() ? Type::kAny : at->second);
}

// `purchase` or `purchase.value`, as opposed to a value to compute.
bool Translation::is_event_reference(NodeId id) const {
  if (scope_ == Scope::kFilter) return false;
  const auto whole = path(id);
  return whole && whole->root != "event" && whole->root != "profile" && whole->root != "key" &&
         !(whole->rest.empty() && ast_[id].kind == Syntax::kName && find_feature(whole->root));
}

std::optional<StreamId> Translation::stream(const Call::Argument& argument,
                                            Role role,
                                            bool& has_field) {
  const NodeId id = argument.value;
  const auto whole = path(id);
  if (!whole) return fail(id, "expected an event, such as purchase or purchase.value");
  if (whole->root == "event" || whole->root == "profile")
    return fail(id, "expected an event by its name, such as purchase or purchase.value");
  const auto& declared = target_.environment.events;
  const auto& numbered = target_.environment.numbered_events;
  const auto at = declared.names.find(whole->root);
  const auto number = numbered.find(whole->root);
  const bool any = whole->root == "any";
  if (!any && at == declared.names.end() && number == numbered.end() && declared.closed)
    return fail(id,
                fmt::format("unknown event '{}'", whole->root),
                did_you_mean(whole->root, names_of(declared.names)));
  const std::string& event_name = at == declared.names.end() ? whole->root : at->second;
  StreamSpec spec;
  has_field = !whole->rest.empty();
  spec.role = has_field ? role : Role::kNone;
  if (has_field) {
    const std::string_view rest = std::string_view(whole->rest).substr(1);
    const auto end = std::min(rest.find_first_of(".["), rest.size());
    spec.field_path =
        rest.starts_with("\"")
            ? std::string(kProperties) + std::string(rest)
            : field_path({std::string(rest.substr(0, end)), std::string(rest.substr(end))});
    const bool event = program().needs.event;
    const auto field = property(id, spec.field_path);
    program().needs.event = event;
    if (!field) return std::nullopt;
    if (role == Role::kNumber && !check(id, Type::kNumber, *field)) return std::nullopt;
    spec.field = static_cast<FieldId>(program().nodes[field->node].a);
  }
  if (argument.filter && !filter(*argument.filter, spec)) return std::nullopt;
  if (number != numbered.end())
    spec.event = number->second;
  else if (!any)
    spec.event = target_.catalog.names.add(event_name);
  return target_.catalog.aggregates.add_stream(std::move(spec), event_name);
}

bool Translation::filter(NodeId id, StreamSpec& spec) {
  auto made = std::make_shared<Program>();
  Target target{*made, target_.environment, target_.catalog, {}};
  Translation inner(ast_, target, Scope::kFilter, 0);
  const Maybe root = inner.expression(id);
  if (!root || !inner.check(id, Type::kBool, *root)) {
    fault_ = inner.fault();
    return false;
  }
  made->root = root->node;
  made->type = Type::kBool;
  auto& fields = program().needs.fields;
  fields.insert(fields.end(), made->needs.fields.begin(), made->needs.fields.end());
  program().needs.key |= made->needs.key;
  spec.keyed = made->needs.key;
  spec.filter_text = canonical(id);
  spec.filter = std::move(made);
  return true;
}

// One text for all ways to write the same tree: no spaces or needless parentheses to differ in.
std::string Translation::canonical(NodeId id) const {
  const SyntaxNode& node = ast_[id];
  std::string out;
  switch (node.kind) {
    case Syntax::kNumber:
      return fmt::format("{}", node.number);
    case Syntax::kDuration:
      return fmt::format("{}ms", node.number);
    case Syntax::kString:
      return fmt::format("{}:{}", node.text.size(), node.text);
    case Syntax::kName:
      return node.text == "true" || node.text == "false" || node.text == "key"
                 ? node.text
                 : field_path({node.text, ""});
    case Syntax::kMember:
    case Syntax::kIndex: {
      const auto whole = path(id);
      if (!whole) return "?";
      if (whole->root != "event") return field_path(*whole);
      const auto end = std::min(whole->rest.find_first_of(".[", 1), whole->rest.size());
      const std::string first = whole->rest.substr(1, end - 1);
      const auto* at = std::find_if(kEnvelope.begin(), kEnvelope.end(), [&](auto& one) {
        return one.first == whole->rest.substr(1);
      });
      return at != kEnvelope.end() ? fmt::format("event#{}", static_cast<int>(at->second))
                                   : field_path({first, whole->rest.substr(end)});
    }
    default:
      break;
  }
  out = "(" + (node.kind == Syntax::kList          ? "list"
               : node.kind == Syntax::kConditional ? "if"
                                                   : node.text);
  for (const NodeId child : node.children) out += " " + canonical(child);
  return out + ")";
}

}  // namespace millrace::expression
