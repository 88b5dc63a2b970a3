// Scalars of a described struct by their type tables: text to value and back, limits, names. Only
// for the files that read, write and document configurations.
#pragma once

#include "engine/config/description.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::config {

// What is wrong with a value, as Problem has it.
struct Complaint {
  std::string what;
  std::string hint;
};

// Neither container, struct nor node.
bool is_scalar(const TypeInfo& type);

// Reads `text` into `value`, or says why not; `shown` is how the message calls the text.
std::optional<Complaint> read_scalar(const TypeInfo& type,
                                     std::string_view text,
                                     std::string_view shown,
                                     void* value);

// The text that read_scalar reads back; *** for a secret.
std::string scalar_text(const TypeInfo& type, const void* value);

// Less than, equal to or greater than 0, as `a` is to `b`; for types that take a range.
int compare_scalars(const TypeInfo& type, const void* a, const void* b);

// Says that a text is none of the allowed ones, which one it may mean, and what is allowed.
Complaint not_among(std::string_view text,
                    std::string_view shown,
                    std::span<const std::string_view> allowed);

// Whether a value, or the number of a container's items, breaks its limits.
std::optional<Complaint> broken_limit(const TypeInfo& type,
                                      const Limits& limits,
                                      const void* value,
                                      std::string_view shown);

// "duration", "list of integer": the type as people call it.
std::string type_name(const TypeInfo& type);

// "from 1s to 30d", "at most 10 items"; "" if there is no limit.
std::string describe_limits(const TypeInfo& type, const Limits& limits);

// Calls `take(key, element)` for each element of a container.
template <class Take>
void for_each(const TypeInfo& type, const void* container, Take take) {
  type.container->visit(
      container,
      [](void* context, std::string_view key, const void* element) {
        (*static_cast<Take*>(context))(key, element);
      },
      &take);
}

}  // namespace millrace::config
