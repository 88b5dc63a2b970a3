// What `${env:NAME}` and `${file:PATH}` in a configuration stand for.
//
// Any scalar may hold references; `${env:NAME:-default}` has a text to use where there is nothing.
// `$${` is the text `${`. What a reference gives is never looked at again, so it cannot refer
// further.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/node.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::config {

// Looks things up for a parser. Injected, so that checking a configuration does not touch the
// machine.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // The variable's value; an error, in words that follow a reference, if it is not set.
  virtual Result<std::string> environment(const std::string& name) const = 0;
  // The file's content without its last line break; an error if it cannot be read.
  virtual Result<std::string> file(const std::string& path) const = 0;
};

// The real environment and disk, for the program. Blocks on the disk.
class ProcessResolver final : public Resolver {
 public:
  // Relative paths start from `directory`, the configuration's own; "" is the current one.
  explicit ProcessResolver(std::string directory) : directory_(std::move(directory)) {}

  Result<std::string> environment(const std::string& name) const override;
  // At most 64 KiB.
  Result<std::string> file(const std::string& path) const override;

 private:
  std::string directory_;
};

struct Expanded {
  std::string text{};
  bool referred = false;  // the text holds what a reference gave, so it is not to be shown
  bool known = true;      // false: a reference without default, and no resolver to ask
};

// The scalar's text with its references replaced. Adds a problem at each reference that cannot be,
// and then returns nothing. With no resolver only defaults are used.
std::optional<Expanded> expand(const Node& scalar,
                               const Resolver* resolver,
                               std::string_view path,
                               Problems& problems);

// The text that expand() turns back into `text`.
std::string escape_references(std::string_view text);

}  // namespace millrace::config
