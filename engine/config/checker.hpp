// Lets a config struct check what no single field can: `void check(Checker& checker) const`.
// Called by the parser once the struct's own fields are sound, so members hold what the file says.
#pragma once

#include "engine/config/node.hpp"

#include <string>
#include <string_view>

namespace millrace::config {

class Checker {
 public:
  Checker(Node node, std::string path, Problems& problems)
      : node_(std::move(node)), path_(std::move(path)), problems_(problems) {}

  // A problem with a field of the struct, named as in YAML and from there on downwards: "window",
  // "limit.cap[1]"; "" is the struct as a whole. A field that is not written is shown at the
  // struct.
  void problem(std::string_view field, std::string what, std::string hint = {});

  // A problem with a part of a field's text, such as an expression.
  void problem(std::string_view field, Span span, std::string what, std::string hint = {});

  // What the file says for a field; absent if nothing.
  Node node(std::string_view field) const;
  // Whether the file says anything for a field.
  bool given(std::string_view field) const { return static_cast<bool>(node(field)); }
  // The dotted path of a field in the document.
  std::string path(std::string_view field) const;

 private:
  Node node_;
  std::string path_;
  Problems& problems_;
};

}  // namespace millrace::config
