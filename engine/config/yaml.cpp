// The only file that knows yaml-cpp. Its events, not its node tree, are used: they tell places and
// quoting, and a document past our bounds is left at the first value too many.
#include "engine/base/utf8.hpp"
#include "engine/config/document_data.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace millrace::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Thrown through yaml-cpp to stop it, caught in read_yaml().
struct Refused {
  std::size_t offset;
  std::size_t length;
  std::string what;
  std::string hint;
};

// One past the closing quote of the quoted text that begins at `begin`; npos if it is never closed.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == '\'';
      if (!doubled) return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

// Builds the flat tree from yaml-cpp's events.
class Builder final : public YAML::EventHandler {
 public:
  Builder(DocumentData& document, Problems& problems, const DocumentLimits& limits)
      : document_(document), problems_(problems), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    const auto at = position(mark);
    if (std::string_view(document_.text).substr(at).starts_with("---"))
      throw Refused{at, 3, "a second document begins", "one file holds one document"};
    throw Refused{
        at, 1, "this does not belong to the value above", "check the indentation and the quotes"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    // An empty value is marked where the next thing begins; `~` and `null` where they stand.
    const auto rest = std::string_view(document_.text).substr(position(mark));
    std::size_t length = 0;
    for (const std::string_view word : {"~", "null", "Null", "NULL"})
      if (rest.starts_with(word)) length = word.size();
    if (!at_key()) {
      add(Node::Kind::kNull, position(mark), length);
    } else if (length == 0) {
      throw Refused{position(mark), 1, "a key is empty", {}};
    } else {
      add_scalar(position(mark), std::string(rest.substr(0, length)), false, length);
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark);
    const auto begin = position(mark);
    const bool quoted = tag == "!";  // yaml-cpp's tag for what is not plain
    const auto length = written_length(begin, value, quoted);
    // yaml-cpp 0.7 makes single bytes of these two escapes.
    if (find_invalid_utf8(value) != std::string_view::npos)
      throw Refused{
          begin, length, "this text is not UTF-8", "write \\x85 for \\N and \\xa0 for \\_"};
    add_scalar(begin, value, quoted, length);
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string&,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, Node::Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string&,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, Node::Kind::kMap);
  }
  void OnMapEnd() override {
    report_duplicates(document_.nodes[open_.back()]);
    open_.pop_back();
  }

 private:
  std::size_t position(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), document_.text.size());
  }

  bool at_key() const {
    if (open_.empty()) return false;
    const auto& parent = document_.nodes[open_.back()];
    return parent.kind == Node::Kind::kMap && parent.children.size() % 2 == 0;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor)
      throw Refused{
          position(mark), 1, "anchors and aliases (&, *) are not supported", "write the value out"};
  }

  // yaml-cpp also takes a list or map for a key that lacks its closing bracket.
  void refuse_key(const YAML::Mark& mark) const {
    const auto at = position(mark);
    const bool bracket = document_.text[at] == '[' || document_.text[at] == '{';
    throw Refused{at, 1, "a key must be a text", bracket ? "or is this bracket not closed?" : ""};
  }

  void refuse_tag(const YAML::Mark& mark) const {
    const auto at = position(mark);
    if (at < document_.text.size() && document_.text[at] == '!')
      throw Refused{at, 1, "tags (!) are not supported", "quote a text that begins with '!'"};
  }

  // The bytes that a scalar takes on its first line.
  std::size_t written_length(std::size_t begin, std::string_view value, bool quoted) const {
    const std::string_view text = document_.text;
    const auto line_end = std::min(text.find_first_of("\r\n", begin), text.size());
    if (quoted && (text[begin] == '"' || text[begin] == '\'')) {
      // yaml-cpp takes the end of the file for a closing quote.
      const auto end = end_of_quoted(text, begin);
      if (end == std::string_view::npos) throw Refused{begin, 1, "the quote is never closed", {}};
      return std::min(end, line_end) - begin;
    }
    if (!quoted && text.substr(begin).starts_with(value)) return value.size();
    return line_end - begin;
  }

  std::uint32_t add(Node::Kind kind, std::size_t offset, std::size_t length) {
    auto& nodes = document_.nodes;
    if (nodes.size() >= limits_.values)
      throw Refused{
          offset, 1, fmt::format("the document has more than {} values", limits_.values), {}};
    const auto index = static_cast<std::uint32_t>(nodes.size());
    NodeData node{.kind = kind,
                  .offset = static_cast<std::uint32_t>(offset),
                  .length = static_cast<std::uint32_t>(length)};
    if (!open_.empty()) {
      auto& parent = nodes[open_.back()];
      const bool is_value = parent.kind == Node::Kind::kMap && !at_key();
      if (is_value) node.key = parent.children.back();
      parent.children.push_back(index);
    }
    nodes.push_back(std::move(node));
    return index;
  }

  void add_scalar(std::size_t offset, std::string value, bool quoted, std::size_t length) {
    if (at_key()) {
      if (value.size() > limits_.key_bytes)
        throw Refused{
            offset, length, fmt::format("a key is longer than {} bytes", limits_.key_bytes), {}};
      if (value == "<<" && !quoted)
        throw Refused{offset, length, "merge keys (<<) are not supported", "write the values out"};
    }
    auto& node = document_.nodes[add(Node::Kind::kScalar, offset, length)];
    node.text = std::move(value);
    node.quoted = quoted;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark);
    if (at_key()) refuse_key(mark);
    if (open_.size() >= limits_.depth)
      throw Refused{
          position(mark), 1, fmt::format("values are nested more than {} deep", limits_.depth), {}};
    open_.push_back(add(kind, position(mark), 1));
  }

  void report_duplicates(const NodeData& map) {
    std::vector<std::uint32_t> keys;
    for (std::size_t i = 0; i < map.children.size(); i += 2) keys.push_back(map.children[i]);
    const auto text = [this](std::uint32_t key) -> const std::string& {
      return document_.nodes[key].text;
    };
    std::stable_sort(keys.begin(), keys.end(), [&](auto a, auto b) { return text(a) < text(b); });
    for (std::size_t i = 1; i < keys.size() && problems_.size() < kProblemsMax; ++i) {
      if (text(keys[i]) != text(keys[i - 1])) continue;
      const auto& again = document_.nodes[keys[i]];
      const auto& before = document_.nodes[keys[i - 1]];
      const auto at = document_.locate(again.offset, again.length);
      const auto first = document_.locate(before.offset, before.length);
      problems_.push_back({document_.file,
                           at.line,
                           at.column,
                           at.length,
                           path(),
                           "duplicate key " + quote(again.text),
                           fmt::format("also at {}:{}", first.line, first.column)});
    }
  }

  // Of the innermost open value, as config::Problem writes it.
  std::string path() const {
    std::string out;
    for (std::size_t i = 1; i < open_.size(); ++i) {
      const auto key = document_.nodes[open_[i]].key;
      if (key == kNoKey)
        out += fmt::format("[{}]", document_.nodes[open_[i - 1]].children.size() - 1);
      else
        out += (out.empty() ? "" : ".") + document_.nodes[key].text;
    }
    return out;
  }

  DocumentData& document_;
  Problems& problems_;
  const DocumentLimits& limits_;
  std::vector<std::uint32_t> open_;  // the lists and maps around the current place
  int documents_ = 0;
};

// What yaml-cpp says, as it is best told to the author of the file.
Refused explain(const YAML::ParserException& error, std::string_view text) {
  struct Saying {
    std::string_view yaml_cpp, what, hint;
  };
  constexpr std::array<Saying, 8> kSayings = {{
      {"illegal map value",
       "a ':' is not expected here",
       "check the indentation; quote a text that contains ': '"},
      {"end of map not found",
       "this does not belong to the map above",
       "check the indentation and the quotes"},
      {"end of sequence not found",
       "this does not belong to the list above",
       "check the indentation"},
      {"end of sequence flow not found",
       "the list is not closed",
       "']' is missing, or a text with {} in it is not quoted"},
      {"end of map flow not found",
       "the map is not closed",
       "'}' is missing, or a text with {} in it is not quoted"},
      {"unknown token", "no value begins with this character", "quote the text"},
      {"illegal tab when looking for indentation", "a tab is used for indentation", "use spaces"},
      {"the referenced anchor is not defined",
       "anchors and aliases (&, *) are not supported",
       "write the value out"},
  }};
  const auto at = std::min(static_cast<std::size_t>(std::max(error.mark.pos, 0)), text.size());
  const auto line_start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  const auto indent_end = std::min(text.find_first_not_of(" \t", line_start), text.size());
  const auto tab = text.find('\t', line_start);
  if (tab < indent_end) return {tab, 1, "a tab is used for indentation", "use spaces"};
  for (const auto& saying : kSayings)
    if (error.msg == saying.yaml_cpp)
      return {at, 1, std::string(saying.what), std::string(saying.hint)};
  return {at, 1, "not valid YAML: " + error.msg, {}};
}

// What makes a text unfit before its YAML is looked at.
void refuse_bytes(std::string_view text, const DocumentLimits& limits) {
  if (text.size() > limits.bytes)
    throw Refused{0, 0, fmt::format("the document is larger than {} bytes", limits.bytes), {}};
  if (const auto at = find_invalid_utf8(text); at != std::string_view::npos)
    throw Refused{
        at, 1, fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(text[at])), {}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool line_break = text[i] == '\n' || (text[i] == '\r' && text.substr(i + 1, 1) == "\n");
    if (byte < 0x20 && text[i] != '\t' && !line_break)
      throw Refused{i,
                    1,
                    fmt::format("control character 0x{:02x}", byte),
                    "in double quotes it can be written \\xNN"};
  }
}

void read_yaml(DocumentData& document, Builder& builder) {
  try {
    std::istringstream in(document.text);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::ParserException& error) {
    throw explain(error, document.text);
  } catch (const YAML::Exception& error) {
    throw Refused{0, 0, std::string("not valid YAML: ") + error.what(), {}};
  }
}

}  // namespace

Document Document::load(std::string text,
                        std::string file,
                        Problems& problems,
                        const DocumentLimits& limits) {
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  Document out;
  out.data_ = std::make_shared<DocumentData>();
  auto& data = *out.data_;
  data.text = std::move(text);
  data.file = std::move(file);
  data.line_starts.push_back(0);
  for (std::size_t i = 0; i < data.text.size(); ++i)
    if (data.text[i] == '\n') data.line_starts.push_back(i + 1);
  try {
    refuse_bytes(data.text, limits);
    Builder builder(data, problems, limits);
    read_yaml(data, builder);
  } catch (const Refused& refused) {
    data.nodes.clear();
    const auto at = refused.length == 0 ? Location{} : data.locate(refused.offset, refused.length);
    problems.push_back({data.file, at.line, at.column, at.length, {}, refused.what, refused.hint});
    return out;
  }
  if (data.nodes.empty()) data.nodes.push_back({});  // an empty file is one null
  out.root_ = Node(out.data_, 0);
  return out;
}

}  // namespace millrace::config
