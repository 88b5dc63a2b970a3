#include "engine/config/resolver.hpp"

#include "engine/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace millrace::config {
namespace {

constexpr std::size_t kFileMax = 64 << 10;

struct Reference {
  std::string_view scheme, name;
  std::optional<std::string_view> fallback;
};

// What stands between `${` and `}`.
std::optional<Reference> parse_reference(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Reference out{text.substr(0, colon), text.substr(colon + 1), std::nullopt};
  if (out.scheme != "env" && out.scheme != "file") return std::nullopt;
  if (const auto dash = out.name.find(":-"); dash != std::string_view::npos) {
    out.fallback = out.name.substr(dash + 2);
    out.name = out.name.substr(0, dash);
  }
  if (out.name.empty()) return std::nullopt;
  return out;
}

Result<std::string> look_up(const Reference& reference, const Resolver& resolver) {
  const std::string name(reference.name);
  auto found = reference.scheme == "env" ? resolver.environment(name) : resolver.file(name);
  if (found &&
      (find_invalid_utf8(*found) != std::string::npos || found->find('\0') != std::string::npos))
    return Error{"does not hold UTF-8 text"};
  return found;
}

class Expansion {
 public:
  Expansion(const Node& scalar, const Resolver* resolver, std::string_view path, Problems& problems)
      : scalar_(scalar), resolver_(resolver), path_(path), problems_(problems) {}

  std::optional<Expanded> run() {
    const auto text = scalar_.text();
    for (std::size_t at = 0; at < text.size();) {
      const auto rest = text.substr(at);
      if (rest.starts_with("$${")) {
        out_.text += "${";
        at += 3;
      } else if (!rest.starts_with("${")) {
        out_.text += text[at++];
      } else {
        const auto end = std::min(rest.find('}'), rest.size());
        take(rest.substr(2, end - 2), {at, std::min(end + 1, rest.size())}, end < rest.size());
        at += std::min(end + 1, rest.size());
      }
    }
    if (failed_) return std::nullopt;
    return std::move(out_);
  }

 private:
  void take(std::string_view inside, Span span, bool closed) {
    if (!closed)
      return fail(span, "a reference is not closed", "'}' is missing; write $${ for the text ${");
    const auto reference = parse_reference(inside);
    if (!reference)
      return fail(span,
                  quote(fmt::format("${{{}}}", inside)) + " is not a reference",
                  "write ${env:NAME}, ${file:PATH}, or $${ for the text ${");
    out_.referred = true;
    if (resolver_ != nullptr) {
      auto found = look_up(*reference, *resolver_);
      if (found)
        out_.text += *found;
      else if (reference->fallback)
        out_.text += *reference->fallback;
      else
        fail(span,
             quote(reference->name) + " " + found.error().what,
             "a default is written ${env:NAME:-default}");
    } else if (reference->fallback) {
      out_.text += *reference->fallback;
    } else {
      out_.known = false;
    }
  }

  void fail(Span span, std::string what, std::string hint) {
    failed_ = true;
    if (problems_.size() < kProblemsMax)
      problems_.push_back(
          scalar_.problem_at(scalar_.location_of(span), path_, std::move(what), std::move(hint)));
  }

  const Node& scalar_;
  const Resolver* resolver_;
  std::string_view path_;
  Problems& problems_;
  Expanded out_;
  bool failed_ = false;
};

}  // namespace

Result<std::string> ProcessResolver::environment(const std::string& name) const {
  // The environment is only read, and no part of Millrace changes it.
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return Error{"is not set in the environment"};
  return std::string(value);
}

Result<std::string> ProcessResolver::file(const std::string& path) const {
  const bool relative = !path.starts_with('/') && !directory_.empty();
  const auto full = relative ? directory_ + "/" + path : path;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(full.c_str(), "rbe"),
                                                           &std::fclose);
  if (!in) return Error{"cannot be opened"};
  std::string content(kFileMax + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), in.get()));
  if (std::ferror(in.get()) != 0) return Error{"cannot be read"};
  if (content.size() > kFileMax) return Error{fmt::format("is larger than {} bytes", kFileMax)};
  if (content.ends_with('\n')) content.pop_back();
  if (content.ends_with('\r')) content.pop_back();
  return content;
}

std::optional<Expanded> expand(const Node& scalar,
                               const Resolver* resolver,
                               std::string_view path,
                               Problems& problems) {
  return Expansion(scalar, resolver, path, problems).run();
}

std::string escape_references(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("${")) out += '$';
    out += text[at];
  }
  return out;
}

}  // namespace millrace::config
