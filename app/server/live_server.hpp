// A topology as a server: the live engine with the HTTP server in front and all routes between, put
// together. What `millrace run` runs, without its command line.
//
// The program's main thread makes, reloads and stops it.
#pragma once

#include "app/server/reload_desk.hpp"
#include "connectors/admission/collector.hpp"
#include "connectors/http/server.hpp"
#include "connectors/protocols/protocols.hpp"
#include "connectors/server_section.hpp"
#include "connectors/serving/live_feed.hpp"
#include "connectors/websocket/collector.hpp"
#include "engine/base/log.hpp"
#include "engine/live.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::server {

struct ServerOptions {
  std::string topology;  // path of the file
  // In place of what its section `server` says, unless empty.
  std::string data;
  std::string keys;
  std::vector<std::string> listen;
  ExecutorKind executor = ExecutorKind::kTbb;
};

class LiveServer {
 public:
  // Reads the topology and the keys, opens the data directory. What is wrong with the files is in
  // `complaint`. `registry` and `log` outlive the server.
  static Result<std::unique_ptr<LiveServer>> open(ServerOptions options,
                                                  const Registry& registry,
                                                  Log& log,
                                                  ReloadOutcome& complaint);
  // Without a stop() it leaves everything as a crash would.
  ~LiveServer();

  // Starts to process and to listen.
  Status start();
  // Says that it is not ready, answers what is open, processes what is journaled, and checkpoints;
  // in the time that the topology gives. The error says what was left undone.
  Status stop();

  // Reads topology and keys again. What is wrong leaves everything as it is.
  ReloadOutcome reload();
  ReloadDesk& desk() { return desk_; }

  // "http://127.0.0.1:8080", of the first address.
  std::string url() const;
  bool open_to_all() const { return keys_.now()->open(); }
  const ServerSection::Config& config() const { return config_; }
  const Metrics& metrics() const { return metrics_; }
  LiveEngine& engine() { return *live_; }

 private:
  LiveServer(ServerOptions options, const Registry& registry, Log& log);

  Status configure(ReloadOutcome& complaint);
  void locate_by(std::shared_ptr<const admission::Places> places);
  Result<admission::Keys> read_keys(ReloadOutcome& complaint) const;
  void add_routes();
  void answer_reload(http::ReplyRef reply);

  const ServerOptions options_;
  const Registry& registry_;
  Log& log_;
  ServerSection::Config config_;
  std::string topology_text_;
  std::map<std::string, std::string> sections_;  // as they were when it started
  SystemFiles files_;
  Metrics metrics_;
  admission::KeyRing keys_{admission::Keys::development()};
  ReloadDesk desk_;
  std::atomic<bool> draining_{false};
  // Each uses those above it; who is called back outlives who calls.
  std::optional<admission::Collector> collector_;
  std::optional<protocols::Protocols> protocols_;
  std::optional<websocket::Collector> websocket_;
  std::unique_ptr<LiveEngine> live_;
  std::optional<serving::LiveFeed> feed_;
  http::Routes routes_;
  http::Gate gate_;
  std::unique_ptr<http::Server> server_;
};

// {"reloaded":…,"error":…,"problems":[…],"at_restart":[…]}
std::string outcome_json(const ReloadOutcome& outcome);

}  // namespace millrace::server
