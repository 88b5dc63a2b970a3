#include "operators/models/matching.hpp"

#include "engine/base/check.hpp"

#include <limits>

namespace millrace {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

class Matching {
 public:
  Matching(const std::vector<double>& costs, std::size_t columns)
      : costs_(costs), columns_(columns), row_of_(columns, kNone), price_(columns) {}

  // Finds the cheapest way to free a column for the row, moving rows that were matched before.
  void add(std::size_t row) {
    std::vector<double> least(columns_, kInfinity);
    std::vector<std::size_t> from(columns_, kNone);
    std::vector<bool> reached(columns_);
    profit_.push_back(0);
    std::size_t column = kNone, mover = row;
    while (true) {
      double step = kInfinity;
      std::size_t next = kNone;
      for (std::size_t c = 0; c < columns_; ++c) {
        if (reached[c]) continue;
        const double reduced = costs_[mover * columns_ + c] - profit_[mover] - price_[c];
        if (reduced < least[c]) {
          least[c] = reduced;
          from[c] = column;
        }
        if (least[c] < step) {
          step = least[c];
          next = c;
        }
      }
      profit_[row] += step;
      for (std::size_t c = 0; c < columns_; ++c) {
        if (reached[c]) {
          profit_[row_of_[c]] += step;
          price_[c] -= step;
        } else {
          least[c] -= step;
        }
      }
      column = next;
      reached[column] = true;
      if (row_of_[column] == kNone) break;
      mover = row_of_[column];
    }
    for (; from[column] != kNone; column = from[column]) row_of_[column] = row_of_[from[column]];
    row_of_[column] = row;
  }

  std::vector<std::size_t> columns(std::size_t rows) const {
    std::vector<std::size_t> made(rows);
    for (std::size_t c = 0; c < columns_; ++c)
      if (row_of_[c] != kNone) made[row_of_[c]] = c;
    return made;
  }

 private:
  const std::vector<double>& costs_;
  std::size_t columns_;
  std::vector<std::size_t> row_of_;  // by column
  std::vector<double> price_;        // by column
  std::vector<double> profit_;       // by row
};

}  // namespace

std::vector<std::size_t> match(const std::vector<double>& costs, std::size_t columns) {
  if (costs.empty()) return {};
  const std::size_t rows = costs.size() / columns;
  CHECK(rows <= columns && rows * columns == costs.size());
  Matching matching(costs, columns);
  for (std::size_t row = 0; row < rows; ++row) matching.add(row);
  return matching.columns(rows);
}

}  // namespace millrace
