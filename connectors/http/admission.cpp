#include "connectors/http/admission.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace millrace::http {
namespace {

using Verdict = std::optional<Refused>;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

Method method_of(std::string_view name) {
  if (name == "GET") return Method::kGet;
  if (name == "POST") return Method::kPost;
  if (name == "HEAD") return Method::kHead;
  if (name == "OPTIONS") return Method::kOptions;
  if (name == "PUT") return Method::kPut;
  if (name == "DELETE") return Method::kDelete;
  return Method::kOther;
}

Verdict check_method(const Head& head) {
  const bool token = !head.method.empty() && head.method.size() <= 32 &&
                     std::all_of(head.method.begin(), head.method.end(), [](char c) {
                       return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
                     });
  if (!token) return Refused{400, "bad_method", "the method is not a word of capital letters"};
  return {};
}

// RFC 9112 3.2: origin-form, absolute-form, and for OPTIONS the asterisk.
Verdict check_target(const Head& head, const HeadLimits& limits, Admitted& admitted) {
  std::string_view target = head.target;
  if (target.size() > limits.target_max)
    return Refused{400, "target_too_long", "the request target is too long"};
  const bool plain = std::all_of(
      target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!plain)
    return Refused{400, "bad_target", "the request target has bytes that must be percent-encoded"};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !same_word(target.substr(0, scheme.size()), scheme))
      continue;
    target.remove_prefix(scheme.size());
    const std::size_t path = target.find_first_of("/?");
    if (path == 0 || path == std::string_view::npos || target[path] == '?')
      return Refused{400, "bad_target", "the request target has no host or no path"};
    target.remove_prefix(path);
    break;
  }
  const bool asterisk = target == "*" && admitted.method == Method::kOptions;
  if (!target.starts_with('/') && !asterisk)
    return Refused{400, "bad_target", "the request target is not a path"};
  admitted.target = target;
  return {};
}

// RFC 9112 5.2: a line that begins with a blank continues the one before.
Verdict check_lines(const Head& head, const HeadLimits& limits) {
  if (head.headers.size() > limits.headers_max)
    return Refused{400, "too_many_headers", "there are too many headers"};
  for (std::size_t at = head.bytes.find('\n'); at + 1 < head.bytes.size();
       at = head.bytes.find('\n', at + 1))
    if (head.bytes[at + 1] == ' ' || head.bytes[at + 1] == '\t')
      return Refused{400, "obs_fold", "a header is continued on the next line"};
  return {};
}

// RFC 9110 7.2. What a host may consist of is narrower there, but these are all that any parser
// agrees on.
bool is_host(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:[]%").find(c) != std::string_view::npos;
  });
}

// The headers that decide where a request ends, each counted.
struct Framing {
  std::size_t hosts = 0;
  std::string_view host;
  std::size_t lengths = 0;
  std::string_view length;
  std::size_t encodings = 0;
  std::string_view encoding;
  std::size_t expects = 0;
  std::string_view expect;
  std::size_t upgrades = 0;
  std::string_view upgrade;
};

Framing framing_of(const Head& head) {
  Framing framing;
  for (const Header& header : head.headers) {
    const auto take = [&](std::size_t& count, std::string_view& value) {
      ++count;
      value = header.value;
    };
    // By length first: this looks at every header of every request.
    switch (header.name.size()) {
      case 4:
        if (same_word(header.name, "host")) take(framing.hosts, framing.host);
        break;
      case 6:
        if (same_word(header.name, "expect")) take(framing.expects, framing.expect);
        break;
      case 7:
        if (same_word(header.name, "upgrade")) take(framing.upgrades, framing.upgrade);
        break;
      case 14:
        if (same_word(header.name, "content-length")) take(framing.lengths, framing.length);
        break;
      case 17:
        if (same_word(header.name, "transfer-encoding")) take(framing.encodings, framing.encoding);
        break;
      default:
        break;
    }
  }
  return framing;
}

Verdict check_host(const Head& head, const Framing& framing) {
  if (framing.hosts > 1 || (framing.hosts == 0 && head.version == 11))
    return Refused{400, "bad_host", "there must be exactly one Host header"};
  if (!is_host(framing.host)) return Refused{400, "bad_host", "the Host header is malformed"};
  return {};
}

// RFC 9112 6: stricter, in that nothing is repaired.
Verdict check_body(const Head& head, const Framing& framing, Admitted& admitted) {
  constexpr Refused kEncoding{
      400, "bad_transfer_encoding", "Transfer-Encoding must stand alone, once, in HTTP/1.1"};
  if (framing.encodings > 0) {
    if (framing.encodings > 1 || framing.lengths > 0 || head.version != 11) return kEncoding;
    if (!same_word(framing.encoding, "chunked"))
      return Refused{501, "unknown_transfer_encoding", "the only Transfer-Encoding is chunked"};
    admitted.chunked = true;
  }
  if (framing.lengths > 0) {
    const char* end = framing.length.data() + framing.length.size();
    const auto [stop, error] = std::from_chars(framing.length.data(), end, admitted.content_length);
    if (framing.lengths > 1 || framing.length.empty() || error != std::errc() || stop != end)
      return Refused{400, "bad_content_length", "Content-Length is not one number"};
  }
  return {};
}

Verdict check_expect(const Head& head, const Framing& framing, Admitted& admitted) {
  if (framing.expects == 0 || head.version == 10) return {};
  if (framing.expects > 1 || !same_word(framing.expect, "100-continue"))
    return Refused{417, "unknown_expectation", "the only expectation is 100-continue"};
  admitted.expects_continue = true;
  return {};
}

}  // namespace

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::variant<Admitted, Refused> admit(const Head& head, const HeadLimits& limits) {
  Admitted admitted{.method = method_of(head.method)};
  const Framing framing = framing_of(head);
  Verdict refused = check_method(head);
  if (!refused) refused = check_target(head, limits, admitted);
  if (!refused) refused = check_lines(head, limits);
  if (!refused) refused = check_host(head, framing);
  if (!refused) refused = check_body(head, framing, admitted);
  if (!refused) refused = check_expect(head, framing, admitted);
  if (refused) return *refused;
  admitted.wants_websocket = head.upgrade && head.version == 11 &&
                             admitted.method == Method::kGet && !admitted.has_body() &&
                             same_word(framing.upgrade, "websocket");
  return admitted;
}

}  // namespace millrace::http
