// How a subcommand reaches a running server: the options that say where it is, and what an answer
// means for the program's end. Used by the program's main thread.
#pragma once

#include "app/cli/exit_code.hpp"
#include "app/cli/options.hpp"
#include "app/cli/terminal.hpp"
#include "connectors/client/http_client.hpp"

#include <memory>
#include <string>

namespace millrace {

class ServerAccess {
 public:
  // --to. The token of who reads or administrates comes from $MILLRACE_TOKEN: what stands in a
  // command line is seen by others.
  void declare(Options& options);

  // Makes the client. An error says what is wrong with the address.
  Status open();

  client::Loop& loop() { return loop_; }
  client::HttpClient& client() { return *client_; }
  const std::string& headers() const { return headers_; }
  std::string url() const { return client_->address().url(); }

  // Asks, until Ctrl-C.
  Result<client::Answer> get(std::string_view path);

 private:
  std::string to_ = "http://127.0.0.1:8080";
  std::string headers_;
  client::Loop loop_;
  std::unique_ptr<client::HttpClient> client_;
};

// Says why there is no answer, or what the answer refuses, and returns how to end. Precondition: it
// is not one of 2xx.
ExitCode complain_of_answer(const Result<client::Answer>& answer, Terminal& terminal);

// A path's segment or a query's value.
std::string percent_encoded(std::string_view text);

}  // namespace millrace
