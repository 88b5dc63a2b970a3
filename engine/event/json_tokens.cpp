#include "engine/event/json_tokens.hpp"

#include "engine/base/check.hpp"
#include "engine/event/json_scalar.hpp"

#include <simdjson.h>

#include <algorithm>

namespace millrace {

class JsonTokens::Finder {
 public:
  // Memory for texts of this size: 4 to 5 bytes for each of theirs.
  explicit Finder(std::size_t capacity) {
    // Depth 1: only the first stage runs, which has no use for the stack of the second.
    CHECK(simdjson::get_active_implementation()->create_dom_parser_implementation(
              capacity, 1, stages_) == simdjson::SUCCESS);
  }

  std::size_t capacity() const { return stages_->capacity(); }
  bool find(std::string_view text) {
    return stages_->stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
                           text.size(),
                           simdjson::stage1_mode::regular) == simdjson::SUCCESS;
  }
  const std::uint32_t* begin() const { return stages_->structural_indexes.get(); }
  const std::uint32_t* end() const { return begin() + stages_->n_structural_indexes; }

 private:
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages_;
};

JsonTokens::JsonTokens(std::size_t bytes_max, unsigned depth_max)
    : bytes_max_(bytes_max), depth_max_(depth_max), finder_(std::make_unique<Finder>(8192)) {
  CHECK(depth_max >= 1 && depth_max <= 64 && bytes_max <= std::size_t{1} << 30);
}
JsonTokens::~JsonTokens() = default;

bool JsonTokens::start(std::string_view text) {
  CHECK(text.size() <= bytes_max_);
  next_ = end_ = nullptr;
  depth_ = 0;
  text_ = text.data();
  text_end_ = text_ + text.size();
  if (text.empty()) return false;
  if (text.size() > finder_->capacity())
    finder_ = std::make_unique<Finder>(std::min(text.size() * 2, bytes_max_ + 64));
  if (!finder_->find(text) || finder_->begin() == finder_->end()) return false;
  next_ = finder_->begin();
  end_ = finder_->end();
  find_escape(text_);
  const char last = text_[*(end_ - 1)];
  return (peek() == '{' || peek() == '[') && (last == '}' || last == ']');
}

bool JsonTokens::unescape(std::string_view& text, char* out) {
  find_escape(text.data() + text.size());
  const char* const end = unescape_json(text, out);
  if (end == nullptr) return false;
  text = {out, static_cast<std::size_t>(end - out)};
  return true;
}

bool JsonTokens::check_string() {
  std::string_view text = take_string();
  if (!has_escape(text)) return true;
  key_.resize(text.size());
  return unescape(text, key_.data());
}

bool JsonTokens::unescape_key(std::string_view& key) {
  key_.resize(key.size());
  return unescape(key, key_.data());
}

bool JsonTokens::check_scalar(ValueKind& kind, std::string_view& source) {
  source = take_token();
  switch (source.front()) {
    case 't':
      kind = ValueKind::kBool;
      return source == "true";
    case 'f':
      kind = ValueKind::kBool;
      return source == "false";
    case 'n':
      kind = ValueKind::kNull;
      return source == "null";
    default:
      kind = ValueKind::kNumber;
      return is_json_number(source);
  }
}

bool JsonTokens::read_scalar(Value& value, std::string_view& source) {
  const char c = peek();
  if (c == 't' || c == 'f' || c == 'n') {
    ValueKind kind{};
    if (!check_scalar(kind, source)) return false;
    value = kind == ValueKind::kNull ? Value::null() : Value::of(c == 't');
    return true;
  }
  source = take_token();
  double number = 0;
  const char* const end = source.data() + source.size();
  const bool read = read_json_number(source.data(), end, number) == end;
  value = Value::of(number);
  return read;
}

// Without recursion: a bit for every open container says whether it is an object.
bool JsonTokens::skip_container() {  // NOLINT(readability-function-cognitive-complexity): hot
  const unsigned floor = depth_;
  std::uint64_t objects = 0;
  while (true) {  // a value begins here
    const char c = peek();
    if (c == '{' || c == '[') {
      objects = objects << 1 | (c == '{' ? 1 : 0);
      if (!open()) return false;
      if (peek() != (c == '{' ? '}' : ']')) {
        if (c == '{' && !skip_key()) return false;
        continue;
      }
    } else if (!(c == '"' ? skip_string() : skip_scalar())) {
      return false;
    }
    while (peek() != ',') {
      if (peek() != ((objects & 1) != 0 ? '}' : ']') || !close()) return false;
      objects >>= 1;
      if (depth_ == floor) return true;
    }
    ++next_;
    if ((objects & 1) != 0 && !skip_key()) return false;
  }
}

}  // namespace millrace
