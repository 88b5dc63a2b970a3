// What was found out of texts of which few make most of the traffic, such as user agents. One
// thread. Has no influence on what is found, only on how often it is looked for.
#pragma once

#include "engine/base/hash.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

template <class T>
class Remembered {
 public:
  // At most so many texts; at least 1.
  explicit Remembered(std::size_t most) : places_(std::max<std::size_t>(most, 1)) {}

  // What find() gives for the text, valid until the next call. Each text has one place, by its
  // hash, and the last of those that share it is remembered.
  template <class Find>
  const T& get(std::string_view text, Find find) {
    Place& place = places_[hash64(text) % places_.size()];
    if (!place.used || place.text != text) place = {true, std::string(text), find()};
    return place.found;
  }

 private:
  struct Place {
    bool used = false;
    std::string text;
    T found{};
  };

  std::vector<Place> places_;
};

}  // namespace millrace
