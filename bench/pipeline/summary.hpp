// What a bench found: one table on standard output, and the same as JSON for whoever compares runs.
#pragma once

#include "engine/base/result.hpp"

#include <string>
#include <vector>

namespace millrace {

struct Finding {
  std::string name;
  double value = 0;
  std::string unit;
  std::string against;  // the name of another finding; empty if it stands for itself
  double ratio = 0;     // value / that finding's value
  std::string command;  // that measures it again
};

class Summary {
 public:
  explicit Summary(std::string command) : command_(std::move(command)) {}

  // `against` names a finding that was added before, or is empty.
  void add(std::string name, double value, std::string unit, std::string against = {});
  double value(const std::string& name) const;
  std::string table() const;
  std::string json() const;

 private:
  std::string command_;
  std::vector<Finding> findings_;
};

}  // namespace millrace
