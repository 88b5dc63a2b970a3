// A configuration struct is described once, by its fields(); parsing, errors with their place, the
// JSON schema, the reference page and the effective configuration are all read from that
// description:
//
//   struct DedupeConfig {
//     std::string key = "event_id";
//     Duration window = 10min;
//     static constexpr auto fields() {
//       return std::tuple{
//           field("key", &DedupeConfig::key, "Property whose value identifies a duplicate."),
//           field("window", &DedupeConfig::window, "How long a value is remembered.", {.min = 1s,
//           .max = 30d}),
//       };
//     }
//   };
//
// Members may be bool, integers, double, std::string, Duration, Size, Rate, Secret, Text (a string
// that knows its place), Node (whatever is written, to be parsed later), enums, other described
// structs, and std::optional, std::vector, std::map<std::string, T> or
// std::vector<std::pair<std::string, T>> of them.
//
// An enum names its values by a function that is found beside it:
//   constexpr auto enum_names(Ack) { return std::array{EnumName{"synced", Ack::kSynced}, ...}; }
//
// Optional members of a described struct:
//   void check(config::Checker& checker) const;                     rules across fields
//   (checker.hpp) static std::optional<T> from_scalar(std::string_view text);     a short form:
//   `window: 10m`; it takes a `const Text&` where it keeps the text and its place
//
// Called while a configuration is read or shown, from any thread.
#pragma once

#include "engine/config/description.hpp"
#include "engine/config/rule.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace millrace::config {

template <class Owner, class T>
struct Field {
  std::string_view name;
  T Owner::*member;
  std::string_view help;  // one sentence for the reference page and the JSON schema
  Rule<T> rule;
};

template <class Owner, class T>
constexpr Field<Owner, T> field(std::string_view name,
                                T Owner::*member,
                                std::string_view help,
                                Rule<T> rule = {}) {
  return {name, member, help, rule};
}

template <class E>
struct EnumName {
  std::string_view name;
  E value;
};
template <class E>
EnumName(std::string_view, E) -> EnumName<E>;

// A struct with defaults for every member and a description of each.
template <class T>
concept Described = std::default_initializable<T> && requires {
  T::fields();
};

namespace detail {

template <class T>
constexpr TypeInfo make_type();
template <class T>
constexpr StructInfo make_struct();

// One table a type, made at compile time.
template <class T>
inline constexpr TypeInfo kType = make_type<T>();
template <class T>
inline constexpr StructInfo kStruct = make_struct<T>();
template <class T>
inline constexpr auto kFields = T::fields();

template <class R>
constexpr Limits make_limits(const R& rule) {
  Limits limits{.required = rule.required, .deprecated = rule.deprecated};
  if constexpr (requires { rule.min; }) {
    if (rule.min) limits.min = std::addressof(*rule.min);
    if (rule.max) limits.max = std::addressof(*rule.max);
  }
  if constexpr (requires { rule.min_items; }) {
    limits.min_size = rule.min_items;
    limits.max_size = rule.max_items;
  }
  if constexpr (requires { rule.pattern; }) {
    limits.min_size = rule.min_length;
    limits.max_size = rule.max_length;
    limits.pattern = rule.pattern;
    std::size_t count = 0;
    while (count < rule.one_of.size() && !rule.one_of[count].empty()) ++count;
    limits.one_of = {rule.one_of.data(), count};
  }
  return limits;
}

template <class T, std::size_t I>
void* member_of(void* owner) {
  return std::addressof(static_cast<T*>(owner)->*std::get<I>(kFields<T>).member);
}

template <class Owner, class T>
constexpr FieldInfo make_field(const Field<Owner, T>& field, void* (*member)(void*)) {
  return {field.name, field.help, &kType<T>, member, make_limits(field.rule)};
}

template <class T, std::size_t... I>
constexpr auto make_fields(std::index_sequence<I...>) {
  return std::array<FieldInfo, sizeof...(I)>{
      make_field(std::get<I>(kFields<T>), &member_of<T, I>)...};
}

template <class T>
inline constexpr auto kFieldTable = make_fields<T>(
    std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(kFields<T>)>>>());

template <class T, class Shown>
bool read_short_form(const Text& text, void* value) {
  std::optional<T> read;
  if constexpr (std::same_as<Shown, Text>)
    read = T::from_scalar(text);
  else
    read = T::from_scalar(std::string_view(text.value));
  if (read) *static_cast<T*>(value) = std::move(*read);
  return read.has_value();
}

template <class T>
constexpr StructInfo make_struct() {
  StructInfo info{.fields = kFieldTable<T>,
                  .create = []() -> void* { return new T(); },
                  .destroy = [](void* value) { delete static_cast<T*>(value); },
                  .check = nullptr,
                  .from_scalar = nullptr};
  if constexpr (requires(const T& value, Checker& checker) { value.check(checker); })
    info.check = [](const void* value, Checker& checker) {
      static_cast<const T*>(value)->check(checker);
    };
  if constexpr (requires(const Text& text) { T::from_scalar(text); })
    info.from_scalar = &read_short_form<T, Text>;
  else if constexpr (requires(std::string_view text) { T::from_scalar(text); })
    info.from_scalar = &read_short_form<T, std::string_view>;
  return info;
}

template <class E>
constexpr auto make_names() {
  constexpr auto kPairs = enum_names(E());
  std::array<EnumValue, std::tuple_size_v<std::remove_cvref_t<decltype(kPairs)>>> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {kPairs[i].name, static_cast<std::int64_t>(kPairs[i].value)};
  return out;
}
template <class E>
inline constexpr auto kNames = make_names<E>();

// The keyed kinds of container differ from the others in how an element is added and seen.
template <class C>
struct ContainerOf {
  static C& of(void* container) { return *static_cast<C*>(container); }
  static const C& of(const void* container) { return *static_cast<const C*>(container); }

  static void clear(void* container) {
    if constexpr (kIsOptional<C>)
      of(container).reset();
    else
      of(container).clear();
  }
  static void* add(void* container, [[maybe_unused]] std::string_view key) {
    if constexpr (kIsOptional<C>)
      return std::addressof(of(container).emplace());
    else if constexpr (kIsOrderedMap<C>)
      return std::addressof(
          of(container).emplace_back(key, typename C::value_type::second_type()).second);
    else if constexpr (kIsVector<C>)
      return std::addressof(of(container).emplace_back());
    else
      return std::addressof(of(container)[std::string(key)]);
  }
  static std::size_t size(const void* container) {
    if constexpr (kIsOptional<C>)
      return of(container) ? 1 : 0;
    else
      return of(container).size();
  }
  static void visit(const void* container, ContainerInfo::Visit visit, void* context) {
    if constexpr (kIsOptional<C>) {
      if (of(container)) visit(context, {}, std::addressof(*of(container)));
    } else if constexpr (kIsVector<C> && !kIsOrderedMap<C>) {
      for (const auto& element : of(container)) visit(context, {}, std::addressof(element));
    } else {
      for (const auto& [key, element] : of(container)) visit(context, key, std::addressof(element));
    }
  }
  static constexpr ContainerInfo kInfo{&clear, &add, &size, &visit};
};

template <class C, class Element>
constexpr TypeInfo make_container(Shape shape) {
  static_assert(!std::same_as<C, std::vector<bool>>, "vector<bool> has no elements to point at");
  return {.shape = shape, .element = &kType<Element>, .container = &ContainerOf<C>::kInfo};
}

template <class T>
constexpr TypeInfo make_type() {
  if constexpr (std::same_as<T, bool>)
    return {.shape = Shape::kBool};
  else if constexpr (std::integral<T>)
    return {.shape = Shape::kInteger, .bytes = sizeof(T), .is_signed = std::signed_integral<T>};
  else if constexpr (std::same_as<T, double>)
    return {.shape = Shape::kNumber};
  else if constexpr (std::same_as<T, std::string>)
    return {.shape = Shape::kString};
  else if constexpr (std::same_as<T, Text>)
    return {.shape = Shape::kText};
  else if constexpr (std::same_as<T, Secret>)
    return {.shape = Shape::kSecret};
  else if constexpr (std::same_as<T, Duration>)
    return {.shape = Shape::kDuration};
  else if constexpr (std::same_as<T, Size>)
    return {.shape = Shape::kSize};
  else if constexpr (std::same_as<T, Rate>)
    return {.shape = Shape::kRate};
  else if constexpr (std::same_as<T, Node>)
    return {.shape = Shape::kNode};
  else if constexpr (std::is_enum_v<T>)
    return {.shape = Shape::kEnum,
            .bytes = sizeof(T),
            .is_signed = std::is_signed_v<std::underlying_type_t<T>>,
            .names = kNames<T>};
  else if constexpr (kIsOptional<T>)
    return make_container<T, typename T::value_type>(Shape::kOptional);
  else if constexpr (kIsOrderedMap<T>)
    return make_container<T, typename T::value_type::second_type>(Shape::kMap);
  else if constexpr (kIsVector<T>)
    return make_container<T, typename T::value_type>(Shape::kList);
  else if constexpr (StringMap<T>)
    return make_container<T, typename T::mapped_type>(Shape::kMap);
  else {
    static_assert(Described<T>,
                  "a field of this type cannot be configured; see the top of this header");
    return {.shape = Shape::kStruct, .structure = &kStruct<T>};
  }
}

}  // namespace detail

// The description of T, for code that does not know T.
template <Described T>
constexpr const StructInfo& describe() {
  return detail::kStruct<T>;
}

// Reads a T. Everything that is wrong is added to `problems`; the value is then only good for
// looking on for more problems. An absent or null node is read as a map without entries.
template <Described T>
T parse(const Node& node, Problems& problems, const ParseOptions& options = {}) {
  T value{};
  read_struct(describe<T>(), node, &value, problems, options);
  return value;
}

// A whole JSON Schema document (draft 2020-12), indented, for editors.
template <Described T>
std::string json_schema(std::string_view title = {}) {
  return json_schema(describe<T>(), title);
}

// A Markdown table of all fields, nested ones by dotted name.
template <Described T>
std::string reference_table() {
  return reference_table(describe<T>());
}

// The value as YAML, with every default written out and secrets as ***; parse() gives an equal
// value but for the secrets. A Node member is written as it stands in its file: parts that are
// parsed from it show their secrets unless their owner writes them instead.
template <Described T>
std::string to_yaml(const T& value) {
  return to_yaml(describe<T>(), &value);
}

}  // namespace millrace::config
