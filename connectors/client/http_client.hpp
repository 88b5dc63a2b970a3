// Asks an HTTP/1.1 server, one request after another over one connection that stays open. For the
// program's subcommands that talk to a server, and for load: open as many as are to be in flight.
//
// All use is on the loop's thread, callbacks included. A connection is opened at the first request,
// and again when the server has closed it meanwhile.
#pragma once

#include "connectors/client/address.hpp"
#include "connectors/client/loop.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::client {

struct Answer {
  int status = 0;
  std::string body;
  std::string content_type;
  std::string reason;      // X-Millrace-Reason
  std::string position;    // X-Millrace-Position: where the events are in the journal
  Duration retry_after{};  // 0: the server did not say

  bool ok() const { return status >= 200 && status < 300; }
};

struct Question {
  std::string_view method = "GET";
  std::string_view path = "/";  // with the query; what the address has as base comes before it
  std::string_view body{};      // stays valid until the answer is there
  std::string_view headers{};   // further lines, each ending in \r\n
  Duration within = std::chrono::seconds(30);  // for the whole answer; 0: for ever
  // If set, gets the body of a 2xx piece by piece while it comes, and Answer::body stays empty.
  // False hangs up.
  std::function<bool(std::string_view)> on_body{};
};

class HttpClient {
 public:
  // An error says that there is no answer: the server may have got the request, or not.
  using Done = std::function<void(Result<Answer>)>;

  HttpClient(Loop& loop, Address address);
  ~HttpClient();  // NOLINT(bugprone-exception-escape): as in the .cpp  // hangs up; who waits for
                  // an answer gets none
  HttpClient(HttpClient&&) noexcept = default;

  // Precondition: not busy().
  void ask(const Question& question, Done done);
  bool busy() const;

  const Address& address() const;

 private:
  class Connection;
  // Shared with the operations on the socket, which end a little later than the client does.
  std::shared_ptr<Connection> connection_;
};

// Asks and waits: runs the loop until the answer is there, or until `interrupted`, which is asked a
// few times a second, says so.
Result<Answer> ask(Loop& loop,
                   HttpClient& client,
                   const Question& question,
                   const std::function<bool()>& interrupted = {});

// The line of a Segment write key, and that of a read key or admin token; empty for no key.
std::string write_key_header(std::string_view key);
std::string bearer_header(std::string_view token);

}  // namespace millrace::client
