// Several lines at the end of an interactive standard error that are drawn again in their place.
// Used by the thread that uses the terminal.
#pragma once

#include "app/cli/terminal.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace millrace {

class StatusTable {
 public:
  explicit StatusTable(Terminal& terminal) : terminal_(terminal) {}
  ~StatusTable() { leave(); }
  StatusTable(const StatusTable&) = delete;
  StatusTable& operator=(const StatusTable&) = delete;

  // All lines, and then the cursor back to the first: the next drawing goes over them.
  void draw(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\x1b[K\n";
    terminal_.show_status(text + fmt::format("\x1b[{}A", lines.size()));
    last_ = std::move(text);
  }
  // Leaves the last drawing where it is, and goes on below it.
  void leave() {
    if (!last_.empty()) terminal_.show_status(last_);
    last_.clear();
  }

 private:
  Terminal& terminal_;
  std::string last_;
};

}  // namespace millrace
