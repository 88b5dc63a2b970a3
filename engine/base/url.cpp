#include "engine/base/url.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

// By character; -1: it is no digit.
constexpr std::array<signed char, 256> kHexValues = [] {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (signed char i = 0; i < 16; ++i) {
    values[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
    values[static_cast<unsigned char>("0123456789ABCDEF"[i])] = i;
  }
  return values;
}();
int hex_value(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

bool is_scheme(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  });
}

std::string_view host_of(std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// By character: whether it parts a pair or what is in it, or stands for another one.
constexpr std::array<bool, 256> kMarks = [] {
  std::array<bool, 256> marks{};
  for (const char c : {'&', '=', '%', '+'}) marks[static_cast<unsigned char>(c)] = true;
  return marks;
}();
}  // namespace

UrlParts split_url(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  if (const auto question = url.find('?'); question != std::string_view::npos) {
    parts.query = url.substr(question + 1);
    url = url.substr(0, question);
  }
  const auto slashes = url.find("//");
  const bool scheme = slashes != std::string_view::npos && slashes > 0 && url[slashes - 1] == ':' &&
                      is_scheme(url.substr(0, slashes - 1));
  if (scheme) parts.scheme = url.substr(0, slashes - 1);
  if (scheme || slashes == 0) {
    url.remove_prefix(slashes + 2);
    const auto end = std::min(url.find('/'), url.size());
    parts.host = host_of(url.substr(0, end));
    url.remove_prefix(end);
  }
  parts.path = url;
  return parts;
}

bool is_percent_encoded(std::string_view text, Plus plus) {
  return text.find('%') != std::string_view::npos ||
         (plus == Plus::kSpace && text.find('+') != std::string_view::npos);
}

char* percent_decode(std::string_view text, Plus plus, char* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    } else if (c == '+' && plus == Plus::kSpace) {
      c = ' ';
    }
    *out++ = c;
  }
  return out;
}

std::string percent_decoded(std::string_view text, Plus plus) {
  std::string out(text);
  if (is_percent_encoded(text, plus))
    out.resize(static_cast<std::size_t>(percent_decode(text, plus, out.data()) - out.data()));
  return out;
}

UrlPair take_pair(std::string_view& query) {
  UrlPair pair;
  pair.whole = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(pair.whole.size() + 1, query.size()));
  const std::size_t equals = std::min(pair.whole.find('='), pair.whole.size());
  pair.name = pair.whole.substr(0, equals);
  pair.value = pair.whole.substr(std::min(equals + 1, pair.whole.size()));
  return pair;
}

namespace {

// Decodes the mark at `at`, which parts nothing: two digits become one character, or it stays as
// it is.
void take_mark(const char*& at, const char* end, char*& out) {
  const auto left = static_cast<std::size_t>(end - at);
  const std::string_view mark(at, *at == '%' ? std::min<std::size_t>(left, 3) : 1);
  at += percent_decode(mark, Plus::kSpace, out) - out == 1 ? mark.size() : 1;
  ++out;
}

}  // namespace

void decode_query(std::string_view query, char* out, std::vector<UrlParameter>& to) {
  const char* at = query.data();
  const char* const end = at + query.size();
  const auto is_plain = [](char c) { return !kMarks[static_cast<unsigned char>(c)]; };
  while (at != end) {
    const char* const whole = at;
    const char* const name = out;
    const char* equals = nullptr;
    while (true) {
      while (at != end && is_plain(*at)) *out++ = *at++;
      if (at == end || *at == '&') break;
      if (*at == '=' && equals == nullptr) {
        equals = out;
        ++at;
        continue;
      }
      take_mark(at, end, out);
    }
    const std::string_view all(name, static_cast<std::size_t>(out - name));
    const auto size = static_cast<std::size_t>((equals != nullptr ? equals : out) - name);
    if (at != whole) to.emplace_back(all.substr(0, size), all.substr(size));
    if (at != end) ++at;
  }
}

}  // namespace millrace
