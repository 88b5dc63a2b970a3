#include "engine/event/json_projector.hpp"

#include "engine/event/json_tokens.hpp"
#include "engine/event/path_tree.hpp"

#include <algorithm>
#include <cmath>

namespace millrace {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Seconds since 1970 reach 10^11 in the year 5138, milliseconds did in 1973.
Value read_epoch(double number) {
  const double millis = std::abs(number) < 1e11 ? number * 1000 : number;
  constexpr double kMax = 253'402'300'799'999;  // the end of the year 9999
  if (!(std::abs(millis) <= kMax)) return {};
  return Value::of(from_millis(std::llround(millis)));
}

Value read_time(std::string_view text) {
  const auto time = parse_time(text);
  return time ? Value::of(*time) : Value();
}

std::vector<JsonRead> reads_of(const std::vector<JsonField>& fields) {
  std::vector<JsonRead> reads;
  for (const auto& field : fields) reads.push_back(field.read);
  return reads;
}

std::vector<std::vector<PathStep>> paths_of(const std::vector<JsonField>& fields) {
  std::vector<std::vector<PathStep>> paths;
  for (const auto& field : fields) paths.push_back(field.steps);
  return paths;
}

}  // namespace

class JsonProjector::Reader {
 public:
  Reader(const std::vector<JsonField>& fields, std::string rows_key, JsonBounds bounds)
      : tree_(paths_of(fields)),
        reads_(reads_of(fields)),
        rows_key_(std::move(rows_key)),
        bounds_(bounds),
        tokens_(bounds.body, bounds.depth),
        visited_(2 * tree_.size()) {}

  bool read(std::string_view body, Arena& arena);

  JsonRow top_;
  std::vector<JsonRow> rows_;
  bool has_rows_ = false;
  JsonFault fault_;

 private:
  // Where a row's values are, and the part of visited_ that tells what it has seen already.
  struct Row {
    std::size_t first;
    std::uint32_t* visited;
    std::uint32_t stamp;
    bool top;
  };

  bool refuse(std::string_view body, std::size_t shift);
  inline bool read_value(PathTree::NodeId node, Row& row);
  bool read_wanted(PathTree::NodeId node, Row& row);
  bool read_scalar(PathTree::NodeId node, Row& row);
  bool read_object(PathTree::NodeId node, Row& row);
  bool read_list(PathTree::NodeId node, Row& row);
  bool read_rows();
  bool read_row();
  Row start_row(bool top);
  void forget(PathTree::NodeId node, Row& row);
  void set_text(PathTree::NodeId node, Row& row, std::string_view text);
  void set_number(PathTree::NodeId node, Row& row, double number, std::string_view source);
  void set_other(PathTree::NodeId node, Row& row, Value value);

  PathTree tree_;
  std::vector<JsonRead> reads_;  // by field
  std::string rows_key_;
  JsonBounds bounds_;
  JsonTokens tokens_;
  std::vector<Value> values_;  // the rows', one behind the other; the document's come first
  std::vector<std::uint32_t>
      visited_;  // by node: the last row that came by; the document's, the rows'
  std::uint32_t stamp_ = 0;
  bool overflow_ = false;  // more rows than allowed
  Arena* arena_ = nullptr;
};

bool JsonProjector::Reader::read(std::string_view body, Arena& arena) {
  if (body.size() > bounds_.body) {
    fault_ = {"body_too_large", "the body has more bytes than allowed", bounds_.body};
    return false;
  }
  const std::size_t shift = body.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  arena_ = &arena;
  overflow_ = false;
  has_rows_ = false;
  rows_.clear();
  values_.clear();
  Row row = start_row(true);
  if (tokens_.start(body.substr(shift))) {
    top_ = {tokens_.peek() == '{', tokens_.offset(), 0, {}};
    if (!read_value(PathTree::kRoot, row) || !tokens_.done()) return refuse(body, shift);
  } else {
    // Rare, and of no use: a document that is one string, number or word is sound.
    top_ = {};
    if (find_json_fault(body, bounds_.depth)) return refuse(body, shift);
  }
  const auto width = reads_.size();
  top_.offset += static_cast<std::uint32_t>(shift);
  top_.size = static_cast<std::uint32_t>(body.size()) - top_.offset;
  top_.values = {values_.data(), width};
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i].offset += static_cast<std::uint32_t>(shift);
    rows_[i].values = {values_.data() + (i + 1) * width, width};
  }
  return true;
}

bool JsonProjector::Reader::refuse(std::string_view body, std::size_t shift) {
  const std::size_t at = tokens_.offset() + shift;
  if (overflow_)
    fault_ = {"too_many_events", "the list has more events than allowed", at};
  else
    fault_ = find_json_fault(body, bounds_.depth)
                 .value_or(JsonFault{"malformed_json", "the text is not JSON", at});
  return false;
}

JsonProjector::Reader::Row JsonProjector::Reader::start_row(bool top) {
  const std::size_t first = values_.size();
  values_.resize(first + reads_.size());
  if (++stamp_ == 0) {
    std::fill(visited_.begin(), visited_.end(), 0);
    stamp_ = 1;
  }
  return {first, visited_.data() + (top ? 0 : tree_.size()), stamp_, top};
}

void JsonProjector::Reader::forget(PathTree::NodeId node, Row& row) {
  for (const FieldId field : tree_.fields_from(node)) values_[row.first + field] = {};
}

// Each value is made where it is to be: handed on through memory, it would be written in parts and
// read as a whole at once, which stalls the processor for longer than all the rest takes.
void JsonProjector::Reader::set_text(PathTree::NodeId node, Row& row, std::string_view text) {
  for (const FieldId field : tree_.fields(node)) {
    Value& to = values_[row.first + field];
    if (reads_[field] == JsonRead::kTime)
      to = read_time(text);
    else
      to = Value::of(text);
  }
}

void JsonProjector::Reader::set_number(PathTree::NodeId node,
                                       Row& row,
                                       double number,
                                       std::string_view source) {
  for (const FieldId field : tree_.fields(node)) {
    Value& to = values_[row.first + field];
    switch (reads_[field]) {
      case JsonRead::kPlain:
        to = Value::of(number);
        break;
      case JsonRead::kTime:
        to = read_epoch(number);
        break;
      case JsonRead::kText:
        to = Value::of(source);
        break;
    }
  }
}

// A word, a list or an object.
void JsonProjector::Reader::set_other(PathTree::NodeId node, Row& row, Value value) {
  for (const FieldId field : tree_.fields(node))
    values_[row.first + field] = reads_[field] == JsonRead::kTime ? Value() : value;
}

bool JsonProjector::Reader::read_value(PathTree::NodeId node, Row& row) {
  return node == PathTree::kNone ? tokens_.skip() : read_wanted(node, row);
}

bool JsonProjector::Reader::read_wanted(PathTree::NodeId node, Row& row) {
  // A key twice: what the first one left is void.
  if (row.visited[node] == row.stamp) [[unlikely]]
    forget(node, row);
  row.visited[node] = row.stamp;
  const char c = tokens_.peek();
  if (c != '{' && c != '[') return read_scalar(node, row);
  set_other(node, row, Value::other());
  if (c == '[') return tree_.list_children(node).empty() ? tokens_.skip() : read_list(node, row);
  const bool may_hold_rows = row.top && node == PathTree::kRoot;
  return tree_.has_keys(node) || may_hold_rows ? read_object(node, row) : tokens_.skip();
}

bool JsonProjector::Reader::read_scalar(PathTree::NodeId node, Row& row) {
  std::string_view source;
  if (tokens_.peek() == '"') {
    if (!tokens_.read_string(source, *arena_)) return false;
    set_text(node, row, source);
    return true;
  }
  Value value;
  if (!tokens_.read_scalar(value, source)) return false;
  if (value.is(ValueKind::kNumber))
    set_number(node, row, value.number(), source);
  else
    set_other(node, row, value);
  return true;
}

bool JsonProjector::Reader::read_object(PathTree::NodeId node, Row& row) {
  if (!tokens_.open()) return false;
  if (tokens_.peek() == '}') return tokens_.close();
  const bool may_hold_rows = row.top && node == PathTree::kRoot && !rows_key_.empty();
  while (true) {
    std::string_view key;
    if (!tokens_.read_key(key)) return false;
    const auto child = tree_.child(node, key, tokens_.readable(key));
    if (may_hold_rows && key == rows_key_) [[unlikely]] {
      rows_.clear();
      values_.resize(reads_.size());
      has_rows_ = tokens_.peek() == '[';
      if (!(has_rows_ ? read_rows() : read_value(child, row))) return false;
    } else if (!read_value(child, row)) {
      return false;
    }
    if (tokens_.peek() == '}') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

bool JsonProjector::Reader::read_list(PathTree::NodeId node, Row& row) {
  if (!tokens_.open()) return false;
  if (tokens_.peek() == ']') return tokens_.close();
  auto wanted = tree_.list_children(node);
  for (std::int32_t index = 0;; ++index) {
    auto child = PathTree::kNone;
    if (!wanted.empty() && wanted.front().index == index) {
      child = wanted.front().node;
      wanted = wanted.subspan(1);
    }
    if (!read_value(child, row)) return false;
    if (tokens_.peek() == ']') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

bool JsonProjector::Reader::read_rows() {
  if (!tokens_.open()) return false;
  if (tokens_.peek() == ']') return tokens_.close();
  while (true) {
    overflow_ = rows_.size() == bounds_.rows;
    if (overflow_ || !read_row()) return false;
    if (tokens_.peek() == ']') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

bool JsonProjector::Reader::read_row() {
  Row row = start_row(false);
  const std::uint32_t offset = tokens_.offset();
  const bool is_object = tokens_.peek() == '{';
  if (!(is_object ? read_value(PathTree::kRoot, row) : tokens_.skip())) return false;
  rows_.push_back({is_object, offset, tokens_.offset_behind() - offset, {}});
  return true;
}

JsonProjector::JsonProjector(const std::vector<JsonField>& fields,
                             std::string rows_key,
                             JsonBounds bounds)
    : reader_(std::make_unique<Reader>(fields, std::move(rows_key), bounds)) {}
JsonProjector::~JsonProjector() = default;
JsonProjector::JsonProjector(JsonProjector&&) noexcept = default;

bool JsonProjector::read(std::string_view body, Arena& arena) { return reader_->read(body, arena); }
const JsonRow& JsonProjector::top() const { return reader_->top_; }
bool JsonProjector::has_rows() const { return reader_->has_rows_; }
std::span<const JsonRow> JsonProjector::rows() const { return reader_->rows_; }
const JsonFault& JsonProjector::fault() const { return reader_->fault_; }

std::vector<JsonField> json_fields(const Projection& projection) {
  std::vector<JsonField> fields;
  for (const auto& field : projection.fields())
    fields.push_back({field.steps, field.as_time ? JsonRead::kTime : JsonRead::kPlain});
  return fields;
}

}  // namespace millrace
