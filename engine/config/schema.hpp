// A described struct's schema with properties that are not the struct's own, for who puts several
// structs together into one file. The schema of a struct alone is in description.hpp.
#pragma once

#include "engine/config/description.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace millrace::config {

struct SchemaProperty {
  std::string_view name;  // added, or in the place of the struct's field of that name
  std::function<void(JsonWriter&)> write;  // writes the keywords into an object that is open
};

// The keywords of the struct's schema, into the object that is open.
void write_schema_keywords(const StructInfo& type,
                           std::span<const SchemaProperty> more,
                           JsonWriter& json);

}  // namespace millrace::config
