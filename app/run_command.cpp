// `millrace run`: a topology as a server.
#include "app/cli/interrupt.hpp"
#include "app/cli/status_table.hpp"
#include "app/commands.hpp"
#include "app/remote/metrics_text.hpp"
#include "app/remote/top_table.hpp"
#include "app/server/live_server.hpp"
#include "app/server/run_log.hpp"
#include "app/topology_file.hpp"
#include "engine/metrics/exposition.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTurn = std::chrono::milliseconds(100);
constexpr auto kBetweenLooks = std::chrono::milliseconds(500);

class Run final : public Action {
 public:
  void declare(Options& options) override {
    Option& topology = options.argument("TOPOLOGY", options_.topology, "The topology's YAML file.");
    topology.is_path = topology.required = true;
    options
        .value("--data",
               "DIR",
               options_.data,
               "Keep journal and checkpoints there; `data` if the "
               "topology says nothing else.")
        .is_path = true;
    options.value("--listen",
                  "ADDR:PORT",
                  options_.listen,
                  "Listen there and not where the topology says; port 0 takes a free one.");
    options.value("--keys", "FILE", options_.keys, "Keys of who may send, read and administrate.")
        .is_path = true;
    options.value("--executor", "KIND", executor_, "How stages are scheduled.").choices = {
        "tbb", "threads"};
  }

  ExitCode run(Terminal& terminal) override {
    const Registry registry = builtin_registry();
    const Interruption interruption;
    const Hangup hangup;
    options_.executor = executor_ == "threads" ? ExecutorKind::kThreads : ExecutorKind::kTbb;
    const bool watched = terminal.message_looks().interactive && !terminal.quiet();
    server::RunLog log(watched);
    server::ReloadOutcome complaint;
    auto opened = server::LiveServer::open(options_, registry, log.log(), complaint);
    if (!opened) return refuse(opened.error(), complaint, terminal);
    server::LiveServer& server = **opened;
    if (const Status started = server.start(); !started) {
      terminal.complain(started.error().what);
      return ExitCode::kUnavailable;
    }
    const std::string pid_file = server.config().data + "/pid";
    std::ofstream(pid_file) << ::getpid() << '\n';
    greet(server, terminal);
    const ExitCode code = serve(server, log, terminal, watched);
    const Status stopped = server.stop();
    for (const std::string& line : log.take()) terminal.say(line);
    ::unlink(pid_file.c_str());
    if (stopped || code != ExitCode::kOk) return code;
    terminal.complain(stopped.error().what);
    return ExitCode::kFailed;
  }

 private:
  static ExitCode refuse(const Error& error,
                         const server::ReloadOutcome& complaint,
                         Terminal& terminal) {
    if (complaint.problems.empty()) {
      terminal.complain(error.what);
      if (error.fault == Fault::kBusy) return ExitCode::kTryLater;
      return error.fault == Fault::kMissing ? ExitCode::kInputOutput : ExitCode::kBadConfig;
    }
    terminal.complain(error.what);
    terminal.say(config::render_all(complaint.problems, complaint.source));
    return ExitCode::kBadConfig;
  }

  static void greet(const server::LiveServer& server, Terminal& terminal) {
    const std::string url = server.url();
    const std::string key = server.open_to_all() ? "demo" : "$WRITE_KEY";
    terminal.print(
        fmt::format("listening on {0}\n\n"
                    "  send   curl -u {1}: {0}/v1/track -H 'Content-Type: application/json' \\\n"
                    "           -d '{{\"userId\":\"42\",\"event\":\"Product Viewed\"}}'\n"
                    "  ask    curl {2}{0}/v1/profiles/42\n"
                    "  open   {0}/\n\n",
                    url,
                    key,
                    server.open_to_all() ? "" : "-H \"Authorization: Bearer $READ_KEY\" "));
    static_cast<void>(terminal.out().flush());
  }

  static ExitCode serve(server::LiveServer& server,
                        server::RunLog& log,
                        Terminal& terminal,
                        bool watched) {
    std::optional<StatusTable> table;
    if (watched) table.emplace(terminal);
    TopMoment before = look(server);
    auto looked = Clock::now();
    while (!Interruption::requested()) {
      const auto askers = server.desk().wait(kTurn);
      if (Hangup::take() || !askers.empty()) {
        const server::ReloadOutcome outcome = server.reload();
        for (const auto& done : askers) done(outcome);
        if (!outcome.problems.empty() && watched)
          terminal.say(config::render_all(outcome.problems, outcome.source));
      }
      for (const std::string& line : log.take()) terminal.say(line);
      if (server.engine().status().failed) {
        terminal.complain("processing has ended: " + server.engine().status().failed->what);
        return ExitCode::kFailed;
      }
      if (!table || Clock::now() - looked < kBetweenLooks) continue;
      looked = Clock::now();
      TopMoment now = look(server);
      table->draw(top_lines(before, now, TopOrder::kTopology));
      if (now.when - before.when > std::chrono::seconds(2)) before = std::move(now);
    }
    return ExitCode::kOk;
  }

  static TopMoment look(server::LiveServer& server) {
    TopMoment moment{Clock::now(), read_metrics(exposition(server.metrics())), {}};
    for (const SegmentSize& segment : server.engine().queries().segments())
      moment.segments.emplace_back(segment.name, static_cast<double>(segment.members));
    return moment;
  }

  server::ServerOptions options_;
  std::string executor_ = "tbb";
};

}  // namespace

Command run_command() {
  return {
      .name = "run",
      .summary = "Serve a topology: take events in, keep profiles, tell segments.",
      .examples =
          "millrace run topologies/shop.yaml\n"
          "millrace run topologies/shop.yaml --data /var/lib/millrace --listen 127.0.0.1:9000\n"
          "millrace run topologies/shop.yaml --listen 0.0.0.0:8080 --keys keys.yaml\n"
          "kill -HUP $(cat data/pid)        # load the changed topology and keys\n",
      .make = make_action<Run>,
  };
}

}  // namespace millrace
