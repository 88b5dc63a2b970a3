// What people and programs see of a profile: filled by the engine and by every operator that keeps
// something worth seeing (Operator::show).
#pragma once

#include "engine/base/position.hpp"
#include "engine/base/time.hpp"
#include "engine/operator/operator.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

struct ProfileView {
  struct Membership {
    std::string segment;  // its name
    Time since{};
  };

  ProfileId profile = kNoProfile;
  Time first_seen{};
  Time now{};                    // of the lane's clock when it looked
  Position position = 0;         // everything before it is in the view
  std::vector<std::string> ids;  // "user_id:42", in the order in which they were learnt
  std::vector<Membership> segments;
  // By section ("traits", "features", "cluster", "consent"), then by name: JSON text.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> sections;

  void put(std::string_view section, std::string_view name, std::string json) {
    sections[std::string(section)][std::string(name)] = std::move(json);
  }
  // Text and times are quoted; a value that is missing is left out.
  void put(std::string_view section, std::string_view name, const Value& value);
};

}  // namespace millrace
