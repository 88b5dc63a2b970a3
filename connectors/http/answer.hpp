// Writes answers as bytes for the wire: a small serializer, since every answer passes here.
// Pure functions; any thread.
#pragma once

#include "connectors/http/exchange.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::http {

struct AnswerForm {
  std::string_view date;    // as Date has it; empty: none
  bool head_only = false;   // to HEAD: the headers as for GET, and no body
  bool keep_alive = true;   // false: Connection: close
  bool version_10 = false;  // the request's: 1.0 must be told that the connection is kept
};

// Appends the whole answer. Control bytes in headers are written as blanks, so that nothing that a
// client sent can add a line.
void append_answer(std::string& out, const Response& response, const AnswerForm& form);

// Appends the head of an answer whose end is not known, to be followed by chunks; to HTTP/1.0 as
// they are, until the connection is closed.
void append_stream_head(std::string& out, const Response& response, const AnswerForm& form);
void append_chunk(std::string& out, std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Sun, 22 Nov 2026 01:35:56 GMT (RFC 9110 5.6.7).
std::string http_date(Time time);

std::string_view method_name(Method method);

}  // namespace millrace::http
