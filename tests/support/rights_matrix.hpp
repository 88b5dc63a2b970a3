// Every route x every kind of key, through a socket. What is expected follows from the route's
// right alone, so that a route which forgets to ask shows at once, whoever adds it.
#pragma once

#include "connectors/admission/keys.hpp"
#include "connectors/http/routes.hpp"
#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/http/raw_client.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace millrace {

// The keys that the server must know.
struct MatrixKeys {
  static constexpr auto kPage = "https://shop.example";   // may use the write key
  static constexpr auto kOther = "https://evil.example";  // may use none

  static admission::KeysConfig config() {
    using admission::hash_secret;
    using admission::hash_text;
    admission::KeysConfig config;
    config.write = {{.key = "wk", .source = "web", .origins = {kPage}, .rate = {}}};
    config.read = {{.name = "r", .sha256 = hash_text(hash_secret("reading")), .origins = {}}};
    config.admin = {{.name = "a", .sha256 = hash_text(hash_secret("ruling"))}};
    return config;
  }
};

struct MatrixRow {
  std::string_view what;
  std::string_view key;
  std::string_view origin;
  // Why a route of that right does not let it in; empty: it does.
  std::string_view write, read, admin;
};

inline constexpr MatrixRow kMatrix[] = {
    {"no key", "", "", "missing_key", "missing_key", "missing_key"},
    {"a write key", "wk", MatrixKeys::kPage, "", "wrong_key", "wrong_key"},
    {"a write key of another origin",
     "wk",
     MatrixKeys::kOther,
     "origin_not_allowed",
     "wrong_key",
     "wrong_key"},
    {"a read key", "reading", "", "unknown_key", "", "wrong_key"},
    {"a read key of another origin",
     "reading",
     MatrixKeys::kOther,
     "unknown_key",
     "origin_not_allowed",
     "wrong_key"},
    {"an admin token", "ruling", "", "unknown_key", "", ""},
    {"an admin token of another origin",
     "ruling",
     MatrixKeys::kOther,
     "unknown_key",
     "origin_not_allowed",
     "origin_not_allowed"},
    {"an unknown key", "guessed", "", "unknown_key", "unknown_key", "unknown_key"},
};

// The request with the key in every place where somebody looks for it.
inline std::string matrix_request(const http::Route& route, const MatrixRow& row) {
  const bool post = route.method == http::Method::kPost;
  const bool write = route.right == http::Right::kWrite;
  std::string path = route.pattern;
  for (std::size_t at = 0; (at = path.find('{')) != std::string::npos;) {
    // Snowplow's vendors have a dot, or nothing is there.
    const bool vendor = path.substr(at).starts_with("{vendor}");
    const std::string_view name = vendor ? "com.example" : row.key.empty() ? "x" : row.key;
    path.replace(at, path.find('}', at) + 1 - at, name);
  }
  std::string example = route.example;
  for (std::size_t at = 0; (at = example.find("KEY")) != std::string::npos;)
    example.replace(at, 3, row.key);
  const std::string body = post ? example : std::string();
  std::string request = fmt::format("{} {}", post ? "POST" : "GET", path);
  if (!post && !example.empty()) request += "?" + example;
  request += " HTTP/1.1\r\nHost: millrace.example\r\n";
  if (!row.key.empty())
    request += write
                   ? fmt::format("Authorization: Basic {}\r\n", base64(fmt::format("{}:", row.key)))
                   : fmt::format("Authorization: Bearer {}\r\n", row.key);
  if (!row.origin.empty()) request += fmt::format("Origin: {}\r\n", row.origin);
  if (post) request += fmt::format("Content-Length: {}\r\n", body.size());
  return request + "\r\n" + body;
}

// `open`: patterns of kWrite that take anything, or any page, on purpose. The server has a gate for
// MatrixKeys::config().
inline void expect_rights(const http::Routes& routes,
                          std::uint16_t port,
                          const std::set<std::string_view>& open) {
  static const std::set<std::string_view> kReasons = {
      "missing_key", "unknown_key", "wrong_key", "origin_not_allowed"};
  for (const http::Route& route : routes.all())
    for (const MatrixRow& row : kMatrix) {
      if (open.contains(route.pattern)) continue;
      std::string_view expected;
      if (route.right == http::Right::kWrite) expected = row.write;
      if (route.right == http::Right::kRead) expected = row.read;
      if (route.right == http::Right::kAdmin) expected = row.admin;
      http::RawClient client(port);
      const http::Answer answer = client.ask(matrix_request(route, row));
      EXPECT_NE(answer.status, 0) << route.pattern << " with " << row.what;
      const std::string reason = answer.header("X-Millrace-Reason");
      EXPECT_EQ(kReasons.contains(reason) ? reason : "", expected)
          << route.pattern << " with " << row.what << ": " << answer.status;
    }
}

}  // namespace millrace
