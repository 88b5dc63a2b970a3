#include "app/remote/json_text.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// The end of the string that begins at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return std::min(at + 1, json.size());
}

// One line for every member and item.
class Indenter {
 public:
  explicit Indenter(std::string_view json) : json_(json) {}

  std::string run() {
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (kSpace.find(c) != std::string_view::npos)
        ++at_;
      else if (c == '"')
        take(end_of_string(json_, at_) - at_);
      else if (c == '{' || c == '[')
        open();
      else
        mark(c);
    }
    return std::move(out_) + "\n";
  }

 private:
  void line() { out_.append(1, '\n').append(2 * depth_, ' '); }
  void take(std::size_t size) {
    out_ += json_.substr(at_, size);
    at_ += size;
  }
  void open() {
    const std::size_t next = json_.find_first_not_of(kSpace, at_ + 1);
    take(1);
    if (next != std::string_view::npos && (json_[next] == '}' || json_[next] == ']')) {
      at_ = next;
      return take(1);
    }
    ++depth_;
    line();
  }
  void mark(char c) {
    if (c == '}' || c == ']') {
      depth_ -= depth_ > 0 ? 1 : 0;
      line();
    }
    take(1);
    if (c == ',') line();
    if (c == ':') out_ += ' ';
  }

  std::string_view json_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string indented_json(std::string_view json) { return Indenter(json).run(); }

}  // namespace millrace
