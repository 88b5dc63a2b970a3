#include "connectors/http/routes.hpp"

#include "connectors/http/url.hpp"
#include "engine/base/check.hpp"

#include <algorithm>

namespace millrace::http {
namespace {

// Cuts the first segment off: "/a/b" gives "a" and leaves "/b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

std::vector<Routes::Segment> Routes::split(std::string_view pattern) {
  std::vector<Segment> segments;
  while (!pattern.empty()) {
    CHECK(pattern.front() == '/');
    std::string_view text = take_segment(pattern);
    auto kind = Segment::Kind::kLiteral;
    if (text.starts_with('{')) {
      CHECK(text.ends_with('}'));
      text = text.substr(1, text.size() - 2);
      kind = text.ends_with("...") ? Segment::Kind::kRest : Segment::Kind::kCapture;
      if (kind == Segment::Kind::kRest) text.remove_suffix(3);
    }
    segments.push_back({kind, text});
  }
  return segments;
}

bool Routes::before(const Pattern& a, const Pattern& b) {
  return std::lexicographical_compare(
      a.segments.begin(),
      a.segments.end(),
      b.segments.begin(),
      b.segments.end(),
      [](const Segment& x, const Segment& y) { return x.kind < y.kind; });
}

Routes::Pattern& Routes::pattern_of(const std::string& text) {
  if (const auto found = literal_by_path_.find(text); found != literal_by_path_.end())
    return *found->second;
  for (Pattern& pattern : captured_)
    if (pattern.text == text) return pattern;
  if (text.find('{') == std::string::npos) {
    Pattern& made = literal_.emplace_back();
    made.text = text;
    literal_by_path_.emplace(made.text, &made);
    return made;
  }
  std::list<Pattern> made(1);
  made.front().text = text;
  made.front().segments = split(made.front().text);
  const auto at = std::find_if(captured_.begin(), captured_.end(), [&](const Pattern& other) {
    return before(made.front(), other);
  });
  captured_.splice(at, made);
  return *std::prev(at);
}

void Routes::add(Route route) {
  CHECK(route.pattern.starts_with('/'));
  Pattern& pattern = pattern_of(route.pattern);
  for (const std::size_t other : pattern.routes) CHECK(routes_[other].method != route.method);
  pattern.routes.push_back(routes_.size());
  routes_.push_back(std::move(route));
}

bool Routes::fits(const Pattern& pattern, std::string_view path, Match& match) {
  match.captures.clear();
  for (const Segment& segment : pattern.segments) {
    if (path.empty()) return false;
    if (segment.kind == Segment::Kind::kRest) {
      match.captures.emplace_back(segment.text, percent_decoded(path.substr(1), Plus::kKept));
      return true;
    }
    const std::string_view text = take_segment(path);
    if (segment.kind == Segment::Kind::kLiteral) {
      if (text != segment.text) return false;
    } else if (text.empty()) {
      return false;
    } else {
      match.captures.emplace_back(segment.text, percent_decoded(text, Plus::kKept));
    }
  }
  return path.empty();
}

const Route* Routes::route_of(const Pattern& pattern, Method method) const {
  for (const std::size_t index : pattern.routes)
    if (routes_[index].method == method) return &routes_[index];
  if (method != Method::kHead) return nullptr;
  const Route* get = route_of(pattern, Method::kGet);
  return get != nullptr && (get->handler || !get->upgrade) ? get : nullptr;
}

Routes::Match Routes::find(Method method, std::string_view path) const {
  Match match;
  const auto answers = [&](const Pattern& pattern) {
    match.route = route_of(pattern, method);
    if (match.route != nullptr) return true;
    for (const std::size_t index : pattern.routes)
      if (const Method other = routes_[index].method;
          std::find(match.allowed.begin(), match.allowed.end(), other) == match.allowed.end())
        match.allowed.push_back(other);
    return false;
  };

  if (!path.starts_with('/')) return match;
  if (const auto found = literal_by_path_.find(path); found != literal_by_path_.end()) {
    if (answers(*found->second)) return match;
  } else {
    for (const Pattern& pattern : captured_)
      if (fits(pattern, path, match) && answers(pattern)) return match;
  }
  match.other_method = !match.allowed.empty();
  return match;
}

}  // namespace millrace::http
