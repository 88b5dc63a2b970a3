#include "connectors/http/answer.hpp"

#include "engine/base/short_text.hpp"

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

// Text put together out of many short pieces: a string looks after its room and its end at each.
class Pieces {
 public:
  explicit Pieces(std::string& to) : to_(to) {}
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;
  ~Pieces() { to_.append(bytes_.data(), end_); }

  Pieces& operator<<(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(bytes_.data() + bytes_.size() - end_)) {
      to_.append(bytes_.data(), end_);
      end_ = bytes_.data();
      if (text.size() > bytes_.size()) {
        to_.append(text);
        return *this;
      }
    }
    end_ = copy_text(text, end_);
    return *this;
  }
  Pieces& number(std::size_t number, int base = 10) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }

 private:
  std::string& to_;
  std::array<char, 1024> bytes_;  // NOLINT(cppcoreguidelines-pro-type-member-init): up to end_
  char* end_ = bytes_.data();
};

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
void write_header(Pieces& out, std::string_view name, std::string_view value) {
  out << name << ": ";
  if (has_control(value)) {
    std::string clean(value);
    std::replace_if(clean.begin(), clean.end(), is_control, ' ');
    out << clean;
  } else {
    out << value;
  }
  out << "\r\n";
}

// RFC 9110 6.4.1.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

void write_common(Pieces& out, const Response& response, const AnswerForm& form) {
  (out << "HTTP/1.1 ").number(static_cast<std::size_t>(response.status));
  out << " " << phrase(response.status) << "\r\n";
  if (!form.date.empty()) out << "Date: " << form.date << "\r\n";
  if (!response.content_type.empty() && has_content(response.status))
    out << "Content-Type: " << response.content_type << "\r\n";
  for (const auto& [name, value] : response.headers) write_header(out, name, value);
  if (!form.keep_alive)
    out << "Connection: close\r\n";
  else if (form.version_10)
    out << "Connection: keep-alive\r\n";
}

}  // namespace

void append_answer(std::string& out, const Response& response, const AnswerForm& form) {
  Pieces pieces(out);
  write_common(pieces, response, form);
  const bool content = has_content(response.status);
  if (content) (pieces << "Content-Length: ").number(response.body.size()) << "\r\n";
  pieces << "\r\n";
  if (content && !form.head_only) pieces << response.body;
}

void append_stream_head(std::string& out, const Response& response, const AnswerForm& form) {
  Pieces pieces(out);
  write_common(pieces, response, form);
  pieces << (form.version_10 ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n");
}

void append_chunk(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;  // an empty chunk would be the last
  Pieces(out).number(bytes.size(), 16) << "\r\n" << bytes << "\r\n";
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
