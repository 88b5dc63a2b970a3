#include "operators/enrichment/domain.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr std::array<std::string_view, 21> kBelowCountries = {
    "ac",  "co", "com", "ed",  "edu", "go",  "gob", "gouv", "gov",    "gv", "info",
    "ltd", "ne", "net", "nom", "or",  "org", "plc", "sch",  "school", "web"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string plain_host(std::string_view host) {
  std::string out(host);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (out.ends_with('.')) out.pop_back();
  if (out.starts_with("www.")) out.erase(0, 4);
  return out;
}

std::size_t public_suffix(std::string_view host) {
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0 || last + 1 == host.size() ||
      is_digit(host.back()) || host.ends_with(']'))
    return host.size();
  if (host.size() - last - 1 != 2) return last + 1;
  const auto before = host.rfind('.', last - 1);
  if (before == std::string_view::npos) return last + 1;
  const std::string_view second = host.substr(before + 1, last - before - 1);
  const bool below =
      std::find(kBelowCountries.begin(), kBelowCountries.end(), second) != kBelowCountries.end();
  return below ? before + 1 : last + 1;
}

std::string_view registrable_domain(std::string_view host) {
  const std::size_t suffix = public_suffix(host);
  if (suffix == host.size() || suffix < 2) return host;
  const auto dot = host.rfind('.', suffix - 2);
  return dot == std::string_view::npos ? host : host.substr(dot + 1);
}

}  // namespace millrace
