// What a topology says of its features. A value; used while the topology is read and planned.
#pragma once

#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"
#include "engine/config/node.hpp"
#include "engine/event/projection.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

template <class T>
using NamedList = std::vector<std::pair<std::string, T>>;

struct WeightConfig {
  double weight = 1;
  std::string category;

  static std::optional<WeightConfig> from_scalar(std::string_view text) {
    WeightConfig made;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), made.weight);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return made.weight > 0 && made.weight <= 1e6 ? std::optional(made) : std::nullopt;
  }
  static constexpr auto fields() {
    return std::tuple{
        config::field("weight",
                      &WeightConfig::weight,
                      "What one such event adds.",
                      {.min = 1e-6, .max = 1e6}),
        config::field("category",
                      &WeightConfig::category,
                      "Property path of this event's category, where it is not the node's."),
    };
  }
};

struct AffinityConfig {
  Duration half_life = std::chrono::days(14);
  NamedList<WeightConfig> weights = {{"view", {1, {}}},
                                     {"product_view", {1, {}}},
                                     {"cart", {3, {}}},
                                     {"cart_add", {3, {}}},
                                     {"purchase", {5, {}}}};
  std::uint32_t categories_max = 16;

  static constexpr auto fields() {
    using std::chrono::days;
    using std::chrono::hours;
    return std::tuple{
        config::field("half_life",
                      &AffinityConfig::half_life,
                      "After this time an event counts half.",
                      {.min = hours(1), .max = days(3650)}),
        config::field("weights",
                      &AffinityConfig::weights,
                      "How much an event says, by its identifier in this topology.",
                      {.max_items = 64}),
        config::field("categories_max",
                      &AffinityConfig::categories_max,
                      "How many categories are kept of a profile; the least liked goes.",
                      {.min = 1, .max = 256}),
    };
  }
};

struct FeaturesConfig {
  config::Text purchase{"purchase", {}};
  std::string value = "revenue";
  std::string category = "category";
  AffinityConfig affinity;
  NamedList<config::Text> define;
  std::vector<std::string> traits;

  static constexpr auto fields() {
    return std::tuple{
        config::field("purchase",
                      &FeaturesConfig::purchase,
                      "The event, by its identifier, that the features recency, frequency and "
                      "monetary are about."),
        config::field("value", &FeaturesConfig::value, "Its property that says what it is worth."),
        config::field("category",
                      &FeaturesConfig::category,
                      "Property path of an event's category, such as products[0].category."),
        config::field("affinity",
                      &FeaturesConfig::affinity,
                      "How events tell which categories a profile likes: profile.top_category."),
        config::field("define",
                      &FeaturesConfig::define,
                      "Named expressions that nodes after this one may use; each may use those "
                      "above it.",
                      {.max_items = 1000}),
        config::field("traits",
                      &FeaturesConfig::traits,
                      "Traits of identify calls that are kept to be seen with the profile, beside "
                      "those that expressions read: plan, address.city.",
                      {.max_items = 256}),
    };
  }
  void check(config::Checker& checker) const {
    const auto path = [&](std::string_view field, const std::string& text) {
      if (!parse_path(text)) checker.problem(field, "'" + text + "' is not a property path");
    };
    path("value", value);
    path("category", category);
    for (std::size_t i = 0; i < traits.size(); ++i)
      path(fmt::format("traits[{}]", i), "traits." + traits[i]);
    for (const auto& [event, weight] : affinity.weights)
      if (!weight.category.empty())
        path("affinity.weights." + event + ".category", weight.category);
  }
};

}  // namespace millrace
