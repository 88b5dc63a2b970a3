#include "connectors/http/answer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::http {
namespace {

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

// Without a branch a character, so that the compiler looks at many at a time.
bool has_control(std::string_view text) {
  unsigned found = 0;
  std::size_t at = 0;
  for (; at + 16 <= text.size(); at += 16)
    for (std::size_t i = 0; i < 16; ++i) found |= is_control(text[at + i]) ? 1U : 0U;
  for (; at < text.size(); ++at) found |= is_control(text[at]) ? 1U : 0U;
  return found != 0;
}

// What a handler puts into a value cannot end the header.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const std::size_t at = out.size();
  out.append(value);
  if (has_control(value))
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), is_control, ' ');
  out.append("\r\n");
}

// RFC 9110 6.4.1.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

void append_common(std::string& out, const Response& response, const AnswerForm& form) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.push_back(' ');
  out.append(phrase(response.status)).append("\r\n");
  if (!form.date.empty()) out.append("Date: ").append(form.date).append("\r\n");
  if (!response.content_type.empty() && has_content(response.status))
    out.append("Content-Type: ").append(response.content_type).append("\r\n");
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  if (!form.keep_alive)
    out.append("Connection: close\r\n");
  else if (form.version_10)
    out.append("Connection: keep-alive\r\n");
}

}  // namespace

void append_answer(std::string& out, const Response& response, const AnswerForm& form) {
  out.reserve(out.size() + 256 + response.body.size());
  append_common(out, response, form);
  const bool content = has_content(response.status);
  if (content) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
  if (content && !form.head_only) out.append(response.body);
}

void append_stream_head(std::string& out, const Response& response, const AnswerForm& form) {
  append_common(out, response, form);
  out.append(form.version_10 ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n");
}

void append_chunk(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;  // an empty chunk would be the last
  append_number(out, bytes.size(), 16);
  out.append("\r\n").append(bytes).append("\r\n");
}

std::string http_date(Time time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     std::chrono::floor<std::chrono::seconds>(time));
}

std::string_view method_name(Method method) {
  constexpr std::array<std::string_view, 7> kNames = {
      "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "OTHER"};
  return kNames[static_cast<std::size_t>(method)];
}

}  // namespace millrace::http
