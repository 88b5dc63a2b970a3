#include "engine/base/url.hpp"

#include "engine/base/sixteen.hpp"

#include <algorithm>
#include <array>
#include <bit>

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
const char* take_mark(const char* at, const char* end, char* out) {
  if (*at == '%' && end - at > 2) {
    const int high = hex_value(at[1]);
    const int low = hex_value(at[2]);
    if (high >= 0 && low >= 0) {
      *out = static_cast<char>(high * 16 + low);
      return at + 3;
    }
  }
  *out = *at == '+' ? ' ' : *at;
  return at + 1;
}

UrlParameter parameter(const char* begin, const char* equals, const char* end) {
  if (equals == nullptr) equals = end;
  return {{begin, static_cast<std::size_t>(equals - begin)},
          {equals, static_cast<std::size_t>(end - equals)}};
}

}  // namespace

void decode_query(std::string_view query, char* out, std::vector<UrlParameter>& to) {
  if (query.empty()) return;
  const auto is_mark = [](Sixteen text) {
    return (text == '&') | (text == '=') | (text == '%') | (text == '+');
  };
  const char* at = query.data();  // what is before it was decoded
  const char* const end = at + query.size();
  const char* whole = at;        // where the pair begins
  const char* begin = out;       // the same, decoded
  const char* equals = nullptr;  // where its value begins
  for (const char* block = at; block < end; block += 64) {
    for (auto found = bits_of_block(block, end, is_mark); found != 0; found &= found - 1) {
      const char* const mark = block + std::countr_zero(found);
      out = copy_run(at, mark, end, out);
      at = mark + 1;
      if (*mark == '&') {
        if (mark != whole) to.push_back(parameter(begin, equals, out));
        whole = at;
        begin = out;
        equals = nullptr;
      } else if (*mark == '=' && equals == nullptr) {
        equals = out;
      } else {
        at = take_mark(mark, end, out);
        ++out;
      }
    }
  }
  out = copy_run(at, end, end, out);
  if (end != whole) to.push_back(parameter(begin, equals, out));
}

}  // namespace millrace
