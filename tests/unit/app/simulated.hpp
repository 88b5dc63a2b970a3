// Simulated streams taken apart, for tests.
#pragma once

#include "app/simulate/generator.hpp"

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace millrace::simulate {

// A line that outlives the generator's buffer.
struct Kept {
  Line line;
  std::string bytes;
};

inline std::vector<Kept> run_simulation(const SimulationOptions& options,
                                        std::size_t most = SIZE_MAX) {
  Generator generator(options);
  std::vector<Kept> all;
  while (all.size() < most) {
    const auto line = generator.next();
    if (!line) break;
    all.push_back({*line, std::string(line->bytes)});
  }
  return all;
}

inline SimulationOptions month_of(std::uint32_t shoppers, std::uint64_t seed = 1) {
  SimulationOptions options{.shoppers = shoppers, .seed = seed};
  options.end = options.start + std::chrono::days(30);
  return options;
}

// An event's members by JSON pointer.
class Reading {
 public:
  // Whether it is JSON.
  bool read(const std::string& bytes) {
    return parser_.parse(bytes).get(document_) == simdjson::SUCCESS;
  }

  bool has(std::string_view pointer) const {
    return document_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  // Empty if there is none, or if it is no string.
  std::string text(std::string_view pointer) const {
    std::string_view value;
    return document_.at_pointer(pointer).get(value) == simdjson::SUCCESS ? std::string(value) : "";
  }
  double number(std::string_view pointer) const {
    double value = 0;
    return document_.at_pointer(pointer).get(value) == simdjson::SUCCESS ? value : -1;
  }
  // Precondition: it is a list.
  simdjson::dom::array list(std::string_view pointer) const {
    return document_.at_pointer(pointer).get_array().value_unsafe();
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element document_;
};

}  // namespace millrace::simulate
