// The section `server` of a topology file: how `millrace run` listens, what it knows its clients
// by, and where it keeps its data.
#pragma once

#include "connectors/http/server_config.hpp"

#include <string>
#include <string_view>
#include <tuple>

namespace millrace {

struct ServerSection {
  static constexpr std::string_view kName = "server";
  static constexpr std::string_view kSummary =
      "How the server listens, who may use it, and where its data is. Paths start from the "
      "directory that it is run in.";

  // The HTTP server's own fields, and those of the program around it.
  struct Config : http::ServerConfig {
    std::string keys;
    std::string data = "data";
    Duration drain = std::chrono::seconds(10);
    Duration drain_notice = std::chrono::milliseconds(200);

    static constexpr auto fields() {
      using config::field;
      return std::tuple_cat(
          std::tuple{
              field("keys",
                    &Config::keys,
                    "File with the keys of who sends, reads and administrates; made by `millrace "
                    "keys new`. Without one, everything is open, and this machine's only."),
              field("data",
                    &Config::data,
                    "Directory of the journal and the checkpoints.",
                    {.min_length = 1}),
          },
          http::ServerConfig::fields(),
          std::tuple{
              field("drain",
                    &Config::drain,
                    "Time to end in when it is told to: for open requests, and for what is "
                    "journaled.",
                    {.min = std::chrono::milliseconds(100), .max = std::chrono::minutes(10)}),
              field("drain_notice",
                    &Config::drain_notice,
                    "How long it says that it is not ready before it stops listening, so that load "
                    "balancers see it.",
                    {.max = std::chrono::minutes(1)}),
          });
    }
  };
};

}  // namespace millrace
