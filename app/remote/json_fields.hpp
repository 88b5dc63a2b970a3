// A few fields of a server's answer, read by the same reader as events. One thread.
#pragma once

#include "engine/event/json_projector.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class JsonFields {
 public:
  // Paths as in expressions: `name`, `ids[0]`. With `rows`, they are of the items of the list that
  // the document has under that key.
  explicit JsonFields(const std::vector<std::string>& paths, std::string rows = {});

  // Reads a document, which must live as long as what is asked of it. False: it is no JSON object.
  bool read(std::string_view json);

  std::size_t rows() const { return rows_.size(); }
  // Of the document itself, or of a row; missing if it has none.
  Value value(std::size_t field, std::size_t row = 0) const;
  // Empty if it is no string.
  std::string_view text(std::size_t field, std::size_t row = 0) const;
  // 0 if it is no number.
  double number(std::size_t field, std::size_t row = 0) const;

 private:
  Arena arena_;
  bool of_rows_;
  JsonProjector projector_;
  std::vector<JsonRow> rows_;
};

}  // namespace millrace
