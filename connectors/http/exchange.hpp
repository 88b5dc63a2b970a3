// A request and its answer as the parts behind the HTTP server see them: no sockets, no Beast.
//
// A handler gets a request whose body is complete, on an I/O thread that it must not block, and a
// Reply that it calls once, now or later, from any thread. The request stays valid until it has
// called it. A Reply that nobody holds any more without having been called answers 500.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kOther };

// Names are compared without regard to case; a name may stand there more than once.
struct Header {
  std::string_view name;
  std::string_view value;
};

struct Request {
  Method method = Method::kGet;
  std::string_view target;  // as sent: "/v1/track?x=1"
  std::string_view path;    // without the query, not decoded
  std::string_view query;   // after the '?', not decoded
  std::vector<Header> headers;
  std::string_view body;  // as sent: not unpacked
  std::vector<std::pair<std::string_view, std::string>>
      captures;         // of the route's pattern, decoded
  std::string address;  // the client's, after trusted proxies
  bool secure = false;  // TLS, here or at a trusted proxy
  Time received{};

  // The first of that name; empty if there is none.
  std::string_view header(std::string_view name) const;
  // The first of that name in the query, decoded; nothing if there is none.
  std::optional<std::string> parameter(std::string_view name) const;
  std::string_view capture(std::string_view name) const;
  // Of the Cookie header; empty if there is none.
  std::string_view cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // a literal; empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool close = false;  // the connection, after this
};

// An error as clients get it: {"error":reason,"detail":detail,"code":status}, with the reason as
// the header X-Millrace-Reason too. `reason` is a word such as "body_too_large". The status is
// there for SDKs that look for it in the body alone.
Response refusal(int status, std::string_view reason, std::string_view detail);

// A response without an end: server-sent events. The connection is closed at its end.
class Stream {
 public:
  virtual ~Stream() = default;
  // Any thread. False, and the bytes are not taken: the reader is gone, or has more than the bound
  // waiting. Who writes may then close with a reason.
  virtual bool write(std::string bytes) = 0;
  // Any thread. Ends the response after what waits and `last`, which is taken beyond the bound; a
  // reader who does not take that within a deadline is cut off.
  virtual void close(std::string last) = 0;
};

class Reply {
 public:
  virtual ~Reply() = default;
  // Any thread, once; either of the two.
  virtual void send(Response response) = 0;
  // `closed` is called once when the reader is gone.
  virtual std::shared_ptr<Stream> stream(Response head, std::function<void()> closed) = 0;
};
// Shared by whatever the answer waits for.
using ReplyRef = std::shared_ptr<Reply>;

using Handler = std::function<void(const Request&, ReplyRef)>;

}  // namespace millrace::http
