// A `millrace run` beside the test, and questions to it.
#pragma once

#include "connectors/client/http_client.hpp"
#include "tests/support/process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

class RunningServer {
 public:
  // Waits until it listens. ThreadSanitizer cannot see into oneTBB, hence the other executor.
  RunningServer(const std::string& topology, const std::string& data) {
#ifdef __SANITIZE_THREAD__
    const std::string executor = "threads";
#else
    const std::string executor = "tbb";
#endif
    process_ = std::make_unique<Process>(std::vector<std::string>{MILLRACE_PROGRAM,
                                                                  "run",
                                                                  topology,
                                                                  "--data",
                                                                  data,
                                                                  "--listen",
                                                                  "127.0.0.1:0",
                                                                  "--executor",
                                                                  executor});
    constexpr std::string_view kListening = "listening on ";
    const auto line = process_->line();
    EXPECT_TRUE(line && line->starts_with(kListening)) << line.value_or("it ended");
    if (line) url_ = line->substr(std::min(kListening.size(), line->size()));
  }

  const std::string& url() const { return url_; }
  Process& process() { return *process_; }

  Result<client::Answer> ask(std::string_view method,
                             const std::string& path,
                             const std::string& body = {}) const {
    client::Loop loop;
    const auto address = client::parse_address(url_);
    if (!address) return address.error();
    client::HttpClient client(loop, *address);
    const std::string headers = method == "POST" ? client::write_key_header("demo") : std::string();
    return client::ask(
        loop, client, {.method = method, .path = path, .body = body, .headers = headers});
  }
  // The body of a 200.
  std::string get(const std::string& path) const {
    const auto answer = ask("GET", path);
    EXPECT_TRUE(answer && answer->ok()) << path << (answer ? answer->body : answer.error().what);
    return answer ? answer->body : std::string();
  }
  void track(const std::string& user, const std::string& event, const std::string& id) const {
    const auto answer = ask("POST",
                            "/v1/track",
                            R"({"type":"track","userId":")" + user + R"(","event":")" + event +
                                R"(","messageId":")" + id + "\"}");
    EXPECT_TRUE(answer && answer->ok()) << (answer ? answer->body : answer.error().what);
  }
  // Asks again and again. Ends, too, when a question went wrong: the server may be gone.
  template <class Holds>
  void until(const Holds& holds) const {
    while (!::testing::Test::HasFailure() && !holds()) {
    }
  }
  // Until everything that was answered by now is processed.
  void settle() const {
    const auto answer =
        ask("POST", "/v1/track", R"({"type":"track","userId":"settler","event":"settled"})");
    ASSERT_TRUE(answer && answer->ok());
    ASSERT_FALSE(answer->position.empty());
    get("/v1/profiles/settler?after=" + answer->position);
  }

 private:
  std::unique_ptr<Process> process_;
  std::string url_;
};

}  // namespace millrace
