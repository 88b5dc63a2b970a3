#include "tests/support/schema_check.hpp"

#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
// GCC 12 warns about the inside of std::regex when sanitizers change what it inlines (its bug
// 105562).
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <regex>

namespace millrace::testing {
namespace {

using config::Node;

std::optional<double> number_of(const Node& node) {
  if (!node.is_scalar() || node.quoted()) return std::nullopt;
  const auto text = node.text();
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

double number_or_zero(const Node& node) { return number_of(node).value_or(0); }

bool is_boolean(const Node& node) {
  return node.is_scalar() && !node.quoted() && (node.text() == "true" || node.text() == "false");
}

// As editors resolve the types of YAML's plain scalars (yaml.org/spec/1.2.2, core schema).
bool has_type(const Node& node, std::string_view type) {
  const bool number = number_of(node).has_value();
  if (type == "null") return node.is_null();
  if (type == "object") return node.is_map();
  if (type == "array") return node.is_list();
  if (type == "boolean") return is_boolean(node);
  if (type == "number") return number;
  if (type == "integer") return number && std::floor(*number_of(node)) == *number_of(node);
  return type == "string" && node.is_scalar() && !number && !is_boolean(node);
}

bool equal(const Node& a, const Node& b) {
  if (number_of(a) && number_of(b)) return *number_of(a) == *number_of(b);
  return a.kind() == b.kind() && a.text() == b.text();
}

class Check {
 public:
  explicit Check(const Node& root) : root_(root) {}

  void run(const Node& schema, const Node& value, const std::string& path) {
    for (const auto& [keyword, key_node, rule] : schema.entries()) {
      const auto at = kKeywords.find(keyword);
      if (at == kKeywords.end())
        complain(path, "the checker does not know the keyword " + std::string(keyword));
      else
        (this->*at->second)(schema, rule, value, path);
    }
  }

  std::vector<std::string> take() { return std::move(complaints_); }

 private:
  using Rule = void (Check::*)(const Node&, const Node&, const Node&, const std::string&);

  void complain(const std::string& path, const std::string& what) {
    complaints_.push_back((path.empty() ? "/" : path) + ": " + what);
  }
  bool accepts(const Node& schema, const Node& value) const {
    Check inner(root_);
    inner.run(schema, value, {});
    return inner.complaints_.empty();
  }

  void nothing(const Node&, const Node&, const Node&, const std::string&) {}
  void reference(const Node&, const Node& rule, const Node& value, const std::string& path) {
    constexpr std::string_view kPrefix = "#/$defs/";
    const Node target = root_.child("$defs").child(rule.text().substr(kPrefix.size()));
    if (!target) return complain(path, "no such definition: " + std::string(rule.text()));
    run(target, value, path);
  }
  void type(const Node&, const Node& rule, const Node& value, const std::string& path) {
    bool good = rule.is_scalar() && has_type(value, rule.text());
    for (const Node& one : rule.items()) good = good || has_type(value, one.text());
    if (!good) complain(path, "the type is wrong");
  }
  void properties(const Node&, const Node& rule, const Node& value, const std::string& path) {
    for (const auto& entry : value.entries())
      if (const Node schema = rule.child(entry.key))
        run(schema, entry.value, path + "/" + std::string(entry.key));
  }
  void additional(const Node& schema,
                  const Node& rule,
                  const Node& value,
                  const std::string& path) {
    for (const auto& entry : value.entries()) {
      if (schema.child("properties").child(entry.key)) continue;
      const std::string below = path + "/" + std::string(entry.key);
      if (rule.is_scalar() && rule.text() == "false")
        complain(below, "is not known");
      else if (rule.is_map())
        run(rule, entry.value, below);
    }
  }
  void items(const Node&, const Node& rule, const Node& value, const std::string& path) {
    for (const Node& item : value.items()) run(rule, item, path + "/*");
  }
  void required(const Node&, const Node& rule, const Node& value, const std::string& path) {
    if (!value.is_map()) return;
    for (const Node& name : rule.items())
      if (!value.child(name.text())) complain(path, "lacks " + std::string(name.text()));
  }
  void constant(const Node&, const Node& rule, const Node& value, const std::string& path) {
    if (!equal(rule, value)) complain(path, "is not " + std::string(rule.text()));
  }
  void one_of(const Node&, const Node& rule, const Node& value, const std::string& path) {
    bool good = false;
    for (const Node& one : rule.items()) good = good || equal(one, value);
    if (!good) complain(path, "is none of the values");
  }
  void pattern(const Node&, const Node& rule, const Node& value, const std::string& path) {
    if (!has_type(value, "string")) return;
    if (!std::regex_search(std::string(value.text()), std::regex(std::string(rule.text()))))
      complain(path, "does not match " + std::string(rule.text()));
  }
  void bounds(const Node& schema, const Node&, const Node& value, const std::string& path) {
    const auto outside = [&](double measure, const char* least, const char* most) {
      const Node low = schema.child(least);
      const Node high = schema.child(most);
      if ((low && measure < number_or_zero(low)) || (high && measure > number_or_zero(high)))
        complain(path, "is too small or too large");
    };
    if (number_of(value)) outside(*number_of(value), "minimum", "maximum");
    const auto size = static_cast<double>(value.size());
    if (value.is_list()) outside(size, "minItems", "maxItems");
    if (value.is_map()) outside(size, "minProperties", "maxProperties");
    if (has_type(value, "string"))
      outside(static_cast<double>(value.text().size()), "minLength", "maxLength");
  }
  void any_of(const Node&, const Node& rule, const Node& value, const std::string& path) {
    for (const Node& one : rule.items())
      if (accepts(one, value)) return;
    complain(path, "fits none of the forms");
  }
  void all_of(const Node&, const Node& rule, const Node& value, const std::string& path) {
    for (const Node& one : rule.items()) run(one, value, path);
  }
  void condition(const Node& schema, const Node& rule, const Node& value, const std::string& path) {
    if (const Node branch = schema.child(accepts(rule, value) ? "then" : "else"))
      run(branch, value, path);
  }

  static const std::map<std::string_view, Rule> kKeywords;

  const Node& root_;
  std::vector<std::string> complaints_;
};

const std::map<std::string_view, Check::Rule> Check::kKeywords = {
    {"$schema", &Check::nothing},       {"$defs", &Check::nothing},
    {"title", &Check::nothing},         {"format", &Check::nothing},
    {"description", &Check::nothing},   {"default", &Check::nothing},
    {"deprecated", &Check::nothing},    {"writeOnly", &Check::nothing},
    {"then", &Check::nothing},          {"else", &Check::nothing},
    {"$ref", &Check::reference},        {"type", &Check::type},
    {"properties", &Check::properties}, {"additionalProperties", &Check::additional},
    {"items", &Check::items},           {"required", &Check::required},
    {"const", &Check::constant},        {"enum", &Check::one_of},
    {"pattern", &Check::pattern},       {"minimum", &Check::bounds},
    {"maximum", &Check::bounds},        {"minItems", &Check::bounds},
    {"maxItems", &Check::bounds},       {"minLength", &Check::bounds},
    {"maxLength", &Check::bounds},      {"minProperties", &Check::bounds},
    {"maxProperties", &Check::bounds},  {"anyOf", &Check::any_of},
    {"allOf", &Check::all_of},          {"if", &Check::condition},
};

}  // namespace

std::vector<std::string> schema_complaints(const config::Node& schema, const config::Node& value) {
  Check check(schema);
  check.run(schema, value, {});
  return check.take();
}

}  // namespace millrace::testing
