// What fields() of a struct says, with its types erased to tables of plain data and a few
// functions. fields.hpp builds the tables; reading, writing, schema and reference page are ordinary
// functions over them, so that a config struct costs its includer little to compile.
#pragma once

#include "engine/base/json_writer.hpp"
#include "engine/config/node.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace::config {

class Checker;
class Resolver;
struct FieldInfo;

enum class Shape : std::uint8_t {
  kBool,
  kInteger,
  kNumber,
  kString,
  kText,
  kSecret,
  kDuration,
  kSize,
  kRate,
  kEnum,
  kOptional,
  kList,
  kMap,
  kStruct,
  kNode
};

struct EnumValue {
  std::string_view name;
  std::int64_t value;
};

// A described struct. Pointers to values are to the struct itself.
struct StructInfo {
  std::span<const FieldInfo> fields;
  void* (*create)();  // a value of defaults; the caller hands it to destroy
  void (*destroy)(void* value);
  void (*check)(const void* value, Checker& checker);  // null if the struct has no check()
  bool (*from_scalar)(const Text& text, void* value);  // null if there is no short form
};

// std::optional, a list or a map, whose elements come one after the other.
struct ContainerInfo {
  using Visit = void (*)(void* context, std::string_view key, const void* element);
  void (*clear)(void* container);
  void* (*add)(void* container,
               std::string_view key);  // a new element with its defaults; valid until the next
  std::size_t (*size)(const void* container);
  void (*visit)(const void* container, Visit visit, void* context);
};

struct TypeInfo {
  Shape shape;
  std::uint8_t bytes = 0;  // of an Integer or Enum
  bool is_signed = false;
  std::span<const EnumValue> names{};
  const TypeInfo* element = nullptr;
  const ContainerInfo* container = nullptr;
  const StructInfo* structure = nullptr;
};

// A rule with its type erased; min and max point to a value of the field's type.
struct Limits {
  bool required = false;
  std::string_view deprecated{};
  const void* min = nullptr;
  const void* max = nullptr;
  std::size_t min_size = 0;  // bytes of a text, items of a list
  std::size_t max_size = SIZE_MAX;
  std::string_view pattern{};
  std::span<const std::string_view> one_of{};
};

struct FieldInfo {
  std::string_view name;
  std::string_view help;
  const TypeInfo* type;
  void* (*member)(void* owner);
  Limits limits;

  // Nothing is written through the pointer that `member` makes.
  const void* of(const void* owner) const { return member(const_cast<void*>(owner)); }
};

// How to read a node that is not the root of its document.
struct ParseOptions {
  std::string path{};                  // of the node, for problems: "nodes.dedupe"
  const Resolver* resolver = nullptr;  // of ${...}; null: defaults only, the unknown is not checked
  std::span<const std::string_view> also{};  // keys of the node that somebody else reads
};

// The functions behind fields.hpp, which documents them. `value` points to a T.
void read_struct(const StructInfo& type,
                 const Node& node,
                 void* value,
                 Problems& problems,
                 const ParseOptions& options);
void write_schema(const StructInfo& type, JsonWriter& json);
std::string json_schema(const StructInfo& type, std::string_view title);
std::string reference_table(const StructInfo& type);
std::string to_yaml(const StructInfo& type, const void* value);

// Durations, sizes and the like as their texts; scalars of a Node, which have no type, as strings.
void write_json(const StructInfo& type, const void* value, JsonWriter& json);
void write_json(const TypeInfo& type, const void* value, JsonWriter& json);

}  // namespace millrace::config
