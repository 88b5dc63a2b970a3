#include "engine/config/node.hpp"

#include "engine/base/check.hpp"
#include "engine/base/utf8.hpp"
#include "engine/config/document_data.hpp"

#include <algorithm>

namespace millrace::config {
namespace {

int count_characters(std::string_view text) {
  const auto starts = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return static_cast<int>(starts);
}

}  // namespace

Location DocumentData::locate(std::size_t offset, std::size_t length) const {
  offset = std::min(offset, text.size());
  const auto next = std::upper_bound(line_starts.begin(), line_starts.end(), offset);
  CHECK(next != line_starts.begin());
  const auto line = static_cast<std::size_t>(next - line_starts.begin());
  const auto start = line_starts[line - 1];
  const auto line_end = std::min(text.find('\n', offset), text.size());
  const auto end = std::min(offset + length, line_end);
  const std::string_view all = text;
  return {static_cast<int>(line),
          count_characters(all.substr(start, offset - start)) + 1,
          std::max(1, count_characters(all.substr(offset, end - offset)))};
}

Node::Kind Node::kind() const { return document_ ? document_->nodes[index_].kind : Kind::kNull; }

std::string_view Node::text() const {
  return document_ ? std::string_view(document_->nodes[index_].text) : std::string_view();
}

bool Node::quoted() const { return document_ && document_->nodes[index_].quoted; }

std::size_t Node::size() const {
  if (!document_) return 0;
  const auto& data = document_->nodes[index_];
  return data.kind == Kind::kMap ? data.children.size() / 2 : data.children.size();
}

Node Node::item(std::size_t index) const {
  CHECK(is_list() && index < size());
  return {document_, document_->nodes[index_].children[index]};
}

std::vector<Node> Node::items() const {
  std::vector<Node> out;
  if (!is_list()) return out;
  for (const auto child : document_->nodes[index_].children) out.push_back({document_, child});
  return out;
}

std::vector<Node::Entry> Node::entries() const {
  std::vector<Entry> out;
  if (!is_map()) return out;
  const auto& children = document_->nodes[index_].children;
  out.reserve(children.size() / 2);
  for (std::size_t i = 0; i < children.size(); i += 2)
    out.push_back({document_->nodes[children[i]].text,
                   {document_, children[i]},
                   {document_, children[i + 1]}});
  return out;
}

Node Node::child(std::string_view key) const {
  if (!is_map()) return {};
  const auto& children = document_->nodes[index_].children;
  for (std::size_t i = 0; i < children.size(); i += 2)
    if (document_->nodes[children[i]].text == key) return {document_, children[i + 1]};
  return {};
}

std::string_view Node::kind_name() const {
  switch (kind()) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "text";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "";
}

std::string_view Node::file() const {
  return document_ ? std::string_view(document_->file) : std::string_view();
}

Location Node::location() const {
  if (!document_) return {};
  const auto& data = document_->nodes[index_];
  if (data.length == 0 && data.key != kNoKey) return name_location();
  return document_->locate(data.offset, data.length);
}

Location Node::name_location() const {
  if (!document_) return {};
  const auto& data = document_->nodes[index_];
  const auto& named = data.key == kNoKey ? data : document_->nodes[data.key];
  return document_->locate(named.offset, named.length);
}

Location Node::location_of(Span span) const {
  if (!is_scalar()) return location();
  const auto& data = document_->nodes[index_];
  const auto begin = source_offset(*document_, data, span.offset);
  const auto end = source_offset(*document_, data, span.offset + span.length);
  return document_->locate(begin, end > begin ? end - begin : 1);
}

Problem Node::problem(std::string_view path, std::string what, std::string hint) const {
  return problem_at(location(), path, std::move(what), std::move(hint));
}

Problem Node::problem_at(Location at,
                         std::string_view path,
                         std::string what,
                         std::string hint) const {
  return {std::string(file()),
          at.line,
          at.column,
          at.length,
          std::string(path),
          std::move(what),
          std::move(hint)};
}

bool operator==(const Node& a, const Node& b) {
  if (a.kind() != b.kind() || a.text() != b.text() || a.quoted() != b.quoted() ||
      a.size() != b.size())
    return false;
  const auto entries_a = a.entries();
  const auto entries_b = b.entries();
  for (std::size_t i = 0; i < entries_a.size(); ++i)
    if (entries_a[i].key != entries_b[i].key || !(entries_a[i].value == entries_b[i].value))
      return false;
  return a.items() == b.items();
}

Problem Text::problem(Span span, std::string_view path, std::string what, std::string hint) const {
  // Text that a `${...}` stands in is not what the file holds: only the whole can be shown.
  const auto at = value == node.text() ? node.location_of(span) : node.location();
  return node.problem_at(at, path, std::move(what), std::move(hint));
}

std::string_view Document::source() const {
  return data_ ? std::string_view(data_->text) : std::string_view();
}
std::string_view Document::file() const {
  return data_ ? std::string_view(data_->file) : std::string_view();
}

}  // namespace millrace::config
