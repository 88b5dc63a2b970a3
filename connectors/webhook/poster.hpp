// Posts to one URL, one request after the other, over a connection that stays open.
//
// The name is looked up once for a connection, all its addresses are checked, and the connection
// goes to one of those: a name that says something else a moment later changes nothing. Redirects
// are not followed. One thread posts; any thread may stop.
#pragma once

#include "connectors/webhook/target.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::webhook {

struct PosterOptions {
  Target target;
  std::string ca_file;                         // of authorities to trust; empty: the system's
  Duration connect = std::chrono::seconds(5);  // name, connection and TLS
  Duration answer = std::chrono::seconds(15);  // from the request's first byte
  std::vector<Network> allowed;                // besides the open internet
  // In place of DNS.
  std::function<Result<std::vector<IpAddress>>(const std::string& host)> resolve;
};

struct PostAnswer {
  int status = 0;
  std::optional<Duration> retry_after;
};

class Poster {
 public:
  explicit Poster(PosterOptions options);
  ~Poster();

  // `headers` are whole lines, each ending in \r\n. An error says that there is no answer: the
  // receiver may have got it, or not.
  Result<PostAnswer> post(std::string_view headers, std::string_view body);
  // Any thread: a post() under way, and every later one, fails soon.
  void stop();

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

// Of a Retry-After header: seconds, or an HTTP date, which is compared with `now`.
std::optional<Duration> parse_retry_after(std::string_view text, Time now);

}  // namespace millrace::webhook
