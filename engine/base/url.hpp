// The parts of a URL, percent-encoding, and the name=value pairs of queries and forms (URL
// standard, also application/x-www-form-urlencoded). Pure functions; any thread. Nothing is
// refused: what is not there is empty.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// Of "https://me@shop.example:8443/a/b?c=d#e", as views into it.
struct UrlParts {
  std::string_view scheme;  // "https"
  std::string_view host;    // "shop.example", as it is written; no user, no port
  std::string_view path;    // "/a/b"
  std::string_view query;   // "c=d"
};
UrlParts split_url(std::string_view url);

// %XX decoded; what is not two hex digits stays as it is. In queries and forms '+' is a space.
enum class Plus : bool { kKept, kSpace };
std::string percent_decoded(std::string_view text, Plus plus);
// Whether that is another text.
bool is_percent_encoded(std::string_view text, Plus plus);
// The same, written to `out`, which has room for text.size() bytes. Behind the last one written.
char* percent_decode(std::string_view text, Plus plus, char* out);

// Takes the first pair off the front of `query`, as it is written.
struct UrlPair {
  std::string_view whole;  // "c=d"
  std::string_view name;   // "c"
  std::string_view value;  // "d"
};
UrlPair take_pair(std::string_view& query);

// A name and a value, decoded.
using UrlParameter = std::pair<std::string_view, std::string_view>;
// Appends those of a query, written to `out`, which has room for query.size() bytes.
void decode_query(std::string_view query, char* out, std::vector<UrlParameter>& to);

}  // namespace millrace
