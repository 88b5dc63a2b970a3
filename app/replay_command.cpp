// `millrace replay`: a file of events through a topology.
#include "app/cli/interrupt.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/read_input.hpp"
#include "app/commands.hpp"
#include "app/replay/live_view.hpp"
#include "app/replay/replay.hpp"
#include "connectors/builtin.hpp"
#include "connectors/file/file_sink.hpp"
#include "engine/base/file.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/runtime/pipeline.hpp"
#include "operators/builtin.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <optional>
#include <system_error>

namespace millrace {
namespace {

// Outputs on standard output, as they come. Rejects are counted in the summary, not listed.
class TerminalSink final : public Sink {
 public:
  explicit TerminalSink(Terminal& terminal) : terminal_(terminal) {}

  Status open(const Catalog& catalog, std::string_view /*state*/) override {
    catalog_ = &catalog;
    return {};
  }
  Status write(std::span<const OutputRecord> outputs) override {
    std::string lines;
    for (const OutputRecord& output : outputs) {
      JsonWriter json(lines);
      write_output(output, *catalog_, json);
      lines.push_back('\n');
    }
    terminal_.print(lines);
    return {};
  }
  Status reject(std::span<const Reject> /*rejects*/) override { return {}; }
  Result<std::string> commit() override { return std::string(); }

 private:
  Terminal& terminal_;
  const Catalog* catalog_ = nullptr;
};

class ReplayAction final : public Action {
 public:
  void declare(Options& options) override {
    Option& topology = options.argument("TOPOLOGY", topology_, "The topology's YAML file.");
    topology.is_path = topology.required = true;
    Option& in =
        options.value("--in,-i", "FILE", in_, "NDJSON of Segment events; - is standard input.");
    in.is_path = in.required = true;
    options
        .value("--out,-o",
               "FILE",
               out_,
               "Where outputs go, one JSON object a line; - is standard output.")
        .is_path = true;
    options.value("--rejects", "FILE", rejects_, "Where rejected rows go, with reason and place.")
        .is_path = true;
    options
        .value("--data",
               "DIR",
               data_,
               "Keep journal and checkpoints there, and go on from them; else all is in memory.")
        .is_path = true;
    options.value("--lanes", "N", lanes_, "Lanes; 0 as the topology says.");
    options.value(
        "--batch", "N", batch_, "Journal records that travel together; 0 as the topology says.");
    options.value("--threads", "N", threads_, "Threads; 0 for the machine's cores.");
    options.value("--executor", "KIND", executor_, "How stages are scheduled.").choices = {
        "tbb", "step", "threads"};
    options.value("--seed", "N", seed_, "Of the step executor's interleaving.");
    options.flag("--watch", watch_, "Show segments fill, on a terminal.");
    options.value("--clock", "KIND", clock_, "What drives time: the events' own times.").choices = {
        "event"};
  }

  ExitCode run(Terminal& terminal) override {
    if (lanes_ > 256 || batch_ > 65'536 || threads_ > 256) {
      terminal.complain("--lanes and --threads are at most 256, --batch at most 65536");
      return ExitCode::kUsage;
    }
    SystemFiles files;
    auto text = read_file(files, topology_, 1 << 20);
    if (!text) {
      terminal.complain(text.error().what);
      return ExitCode::kInputOutput;
    }
    const int input = in_ == "-" ? STDIN_FILENO : ::open(in_.c_str(), O_RDONLY | O_CLOEXEC);
    if (input < 0) {
      terminal.complain(
          fmt::format("cannot read {}: {}", in_, std::generic_category().message(errno)));
      return ExitCode::kInputOutput;
    }
    const ExitCode code = replay(terminal, files, *std::move(text), input);
    if (input != STDIN_FILENO) ::close(input);
    return code;
  }

 private:
  ExitCode replay(Terminal& terminal, Files& files, std::string text, int input) {
    Registry registry;
    add_builtin_operators(registry);
    add_builtin_connectors(registry);
    const config::ProcessResolver resolver(parent_directory(topology_));
    const Interruption interruption;
    const auto start = std::chrono::steady_clock::now();
    Progress progress(terminal, "replay", 0, start);

    ReplayOptions options{.topology = topology_, .data = data_, .input_name = in_, .engine = {}};
    options.engine.executor = executor_ == "step"      ? ExecutorKind::kStep
                              : executor_ == "threads" ? ExecutorKind::kThreads
                                                       : ExecutorKind::kTbb;
    options.engine.lanes = static_cast<std::uint32_t>(lanes_);
    options.engine.batch = static_cast<std::uint32_t>(batch_);
    options.engine.threads = static_cast<std::uint32_t>(threads_);
    options.engine.seed = seed_;
    options.engine.resolver = &resolver;
    options.engine.sink = make_sinks(terminal, files);
    std::optional<LiveView> view;
    options.engine.on_completed = [&](const Totals& totals) {
      if (view)
        view->update(totals);
      else
        progress.update(totals.account.events);
      return !Interruption::requested();
    };
    config::Problems problems;
    const std::string source = text;
    auto opened = Replay::open(std::move(options), std::move(text), registry, problems);
    if (!opened) {
      if (problems.empty())
        terminal.complain(opened.error().what);
      else
        terminal.complain(opened.error().what + "\n" + config::render_all(problems, source));
      return problems.empty() ? ExitCode::kInputOutput : ExitCode::kBadConfig;
    }
    Replay& replay = **opened;
    if (watch_) view.emplace(terminal, replay.engine().plan().catalog.segments(), start);
    if (const Status ran = replay.run(read_descriptor(input, in_)); !ran) {
      terminal.complain(ran.error().what);
      return ExitCode::kInputOutput;
    }
    view.reset();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    return summarize(terminal, replay.engine(), seconds.count());
  }

  std::unique_ptr<Sink> make_sinks(Terminal& terminal, Files& files) const {
    auto both = std::make_unique<Pair>();
    if (out_ == "-")
      both->add(std::make_unique<TerminalSink>(terminal));
    else
      both->add(make_file_sink(files, {.path = out_, .outputs = true, .rejects = false}));
    if (!rejects_.empty())
      both->add(make_file_sink(files, {.path = rejects_, .outputs = false, .rejects = true}));
    return both;
  }

  ExitCode summarize(Terminal& terminal, Engine& engine, double seconds) {
    const Result<Hash128> digest = engine.digest();
    if (!digest) {
      terminal.complain(digest.error().what);
      return ExitCode::kInputOutput;
    }
    const Totals& totals = engine.totals();
    std::string line;
    JsonWriter json(line);
    json.object();
    json.key("events").value(totals.account.events);
    json.key("kept").value(totals.account.kept);
    write_counts(json, "dropped", totals.account.dropped);
    write_counts(json, "rejected", totals.account.rejected);
    json.key("profiles").value(engine.profiles());
    json.key("segments").object();
    const auto& segments = engine.plan().catalog.segments();
    for (std::size_t i = 0; i < segments.size(); ++i)
      json.key(segments[i]).value(totals.segment_size[i]);
    json.end();
    if (totals.gap > 0) json.key("journal_gap").value(totals.gap);
    json.key("digest").value(to_hex(*digest));
    json.key("seconds").value(seconds);
    json.key("events_per_second")
        .value(static_cast<double>(totals.account.events) / std::max(seconds, 1e-9));
    json.end();
    line.push_back('\n');
    terminal.print(line);
    return Interruption::requested() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

  // By name: the same counts are the same line.
  static void write_counts(JsonWriter& json, std::string_view key, const ReasonCounts& counts) {
    const std::map<std::string, std::uint64_t> sorted(counts.all().begin(), counts.all().end());
    json.key(key).object();
    for (const auto& [reason, count] : sorted) json.key(reason).value(count);
    json.end();
  }

  // Outputs to one sink, rejects to another.
  class Pair final : public Sink {
   public:
    void add(std::unique_ptr<Sink> sink) { sinks_.push_back(std::move(sink)); }
    Status open(const Catalog& catalog, std::string_view state) override {
      ByteReader from(state);
      for (auto& sink : sinks_)
        if (Status opened = sink->open(catalog, state.empty() ? std::string_view() : from.text());
            !opened)
          return opened;
      return {};
    }
    Status write(std::span<const OutputRecord> outputs) override {
      for (auto& sink : sinks_)
        if (Status written = sink->write(outputs); !written) return written;
      return {};
    }
    Status reject(std::span<const Reject> rejects) override {
      for (auto& sink : sinks_)
        if (Status written = sink->reject(rejects); !written) return written;
      return {};
    }
    Result<std::string> commit() override {
      std::string state;
      for (auto& sink : sinks_) {
        Result<std::string> committed = sink->commit();
        if (!committed) return committed;
        ByteWriter(state).text(*committed);
      }
      return state;
    }

   private:
    std::vector<std::unique_ptr<Sink>> sinks_;
  };

  std::string topology_;
  std::string in_;
  std::string out_ = "-";
  std::string rejects_;
  std::string data_;
  std::uint64_t lanes_ = 0;
  std::uint64_t batch_ = 0;
  std::uint64_t threads_ = 0;
  std::string executor_ = "tbb";
  std::string clock_ = "event";
  std::uint64_t seed_ = 0;
  bool watch_ = false;
};

}  // namespace

Command replay_command() {
  return {
      .name = "replay",
      .summary = "Run a file of events through a topology: segments, effects, and a summary.",
      .examples =
          "millrace replay topologies/shop.yaml --in events.ndjson --out segments.ndjson\n"
          "millrace simulate --shoppers 500 --days 7 | millrace replay topologies/shop.yaml --in "
          "-\n"
          "millrace replay topologies/shop.yaml --in year.ndjson --data data --lanes 2\n",
      .make = make_action<ReplayAction>,
  };
}

}  // namespace millrace
