// `millrace simulate`: the events of a made-up shop.
#include "app/cli/interrupt.hpp"
#include "app/cli/progress.hpp"
#include "app/commands.hpp"
#include "app/play/play.hpp"
#include "app/simulate/generator.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

// `5000` or `5000/s`.
Status read_rate(std::string_view text, std::uint64_t& rate) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  if (Status status = read_value(text, rate); !status) return status;
  return rate > 0 ? Status{} : Status{Error{"expected a number above 0"}};
}

std::string summary_json(const simulate::Generator& generator) {
  const simulate::Counts& counts = generator.counts();
  std::string out;
  JsonWriter json(out);
  json.object()
      .key("lines")
      .value(counts.lines)
      .key("bytes")
      .value(counts.bytes)
      .key("events")
      .value(counts.events);
  json.key("duplicates").value(counts.duplicates).key("malformed").value(counts.malformed);
  json.key("oversized")
      .value(counts.oversized)
      .key("late")
      .value(counts.late)
      .key("skewed")
      .value(counts.skewed);
  json.key("malformedByKind").object();
  for (std::size_t kind = 0; kind < simulate::kMalformedKinds; ++kind)
    json.key(name_of(static_cast<simulate::Malformed>(kind))).value(counts.malformed_by_kind[kind]);
  json.end().key("orders").value(
      counts.events_by_act[static_cast<std::size_t>(simulate::Act::kOrder)]);
  json.end();
  return out;
}

std::string summary_text(const simulate::Generator& generator) {
  const simulate::Counts& counts = generator.counts();
  return fmt::format(
      "simulated {} lines: {} events, {} duplicates, {} malformed, {} oversized; {} late, {} "
      "skewed",
      counts.lines,
      counts.events,
      counts.duplicates,
      counts.malformed,
      counts.oversized,
      counts.late,
      counts.skewed);
}

class Simulate final : public Action {
 public:
  void declare(Options& options) override {
    options.value("--shoppers", "N", shoppers_, "How many shoppers there are.");
    options.value("--days",
                  "N",
                  days_,
                  "How long the simulated time is. 30, or without end if --events is given.");
    options.value("--start", "DATE", options_.start, "When it begins.");
    options.value("--seed",
                  "N",
                  seed_,
                  "The same seed and options give the same bytes. 1, or a new one with --to.");
    options.value("--events", "N", events_, "Stop after so many lines.");
    Option& rate =
        options.value("--rate", "N/s", rate_, "Lines a second; else as fast as possible.");
    rate.set = [this](std::string_view text) { return read_rate(text, rate_.emplace()); };
    Option& mix = options.value(
        "--persona-mix", "MIX", mix_, "Weights, such as loyal=3,bot=1; others do not occur.");
    mix.set = [this](std::string_view text) { return read_mix(text); };
    declare_dirt(options);
    options.value("--out,-o", "FILE", out_, "Where the lines go; - is standard output.").is_path =
        true;
    options
        .value("--personas-out", "FILE", personas_out_, "Where the truth about each shopper goes.")
        .is_path = true;
    options.flag("--received-at",
                 options_.tell_receipt,
                 "Add receivedAt to every event, as a collector's archive has it.");
    options.flag("--json", json_, "Write the summary on standard error as JSON.");
    declare_play(options);
  }

  ExitCode run(Terminal& terminal) override {
    if (shoppers_ == 0 || shoppers_ > kMostShoppers)
      return refuse(terminal, "--shoppers is from 1 to 100M");
    if (days_ && (*days_ == 0 || *days_ > kMostDays))
      return refuse(terminal, "--days is from 1 to 100k");
    for (const double rate : {rates().duplicates,
                              rates().late,
                              rates().malformed,
                              rates().oversized,
                              rates().clock_skew})
      if (rate < 0 || rate > 1) return refuse(terminal, "the rates of dirt are from 0 to 1");
    if (rates().malformed + rates().oversized > 1)
      return refuse(terminal, "--malformed and --oversized are more than 1 together");
    if (rates().max_late <= std::chrono::seconds(1))
      return refuse(terminal, "--max-late is longer than 1s");
    options_.shoppers = static_cast<std::uint32_t>(shoppers_);
    options_.seed = seed_.value_or(1);
    options_.dirt = rates();
    if (!to_.empty()) return play(terminal);
    if (days_ || !events_) options_.end = options_.start + std::chrono::days(days_.value_or(30));

    auto output =
        out_ == "-" ? Result<DataStream>(std::move(terminal.out())) : DataStream::open(out_);
    if (!output) return fail(terminal, output.error(), ExitCode::kCannotCreate);
    std::optional<DataStream> truth;
    if (!personas_out_.empty()) {
      auto opened = DataStream::open(personas_out_);
      if (!opened) return fail(terminal, opened.error(), ExitCode::kCannotCreate);
      truth.emplace(std::move(opened).value());
    }
    return generate(terminal, *output, truth);
  }

 private:
  static constexpr std::uint64_t kMostShoppers = 100'000'000;
  static constexpr std::uint64_t kMostDays = 100'000;

  void declare_dirt(Options& options) {
    options.flag(
        "--dirt", usual_dirt_, "All kinds of dirt at their usual rates; single rates may differ.");
    options.value("--duplicates", "RATE", duplicates_, "Events that are sent twice. Usual: 0.01.");
    options.value(
        "--late", "RATE", late_, "Events that are sent long after they happened. Usual: 0.02.");
    options.value("--max-late", "TIME", max_late_, "How late at most. Usual: 6h.");
    options.value("--malformed", "RATE", malformed_, "Events that arrive broken. Usual: 0.001.");
    options.value(
        "--oversized", "RATE", oversized_, "Events that are too large to accept. Usual: 0.0001.");
    options.value(
        "--clock-skew", "RATE", clock_skew_, "Devices whose clock is wrong. Usual: 0.01.");
  }

  void declare_play(Options& options) {
    options.value("--to", "URL", to_, "Play them live at this server, as an SDK would send them.");
    options.value("--key", "KEY", play_.key, "The write key; by default $MILLRACE_KEY.");
    options.value("--protocol", "NAME", play_.protocol, "How they are sent.").choices = {
        "http", "websocket"};
    options.value("--connections", "N", play_.connections, "How many at a time.");
    options.value("--batch", "N", play_.batch, "Events that are sent together, at most.");
    options.value("--duration", "TIME", play_.duration, "Stop sending then; else on Ctrl-C.");
  }

  ExitCode play(Terminal& terminal) {
    play_.to = to_;
    play_.rate = rate_.value_or(100);
    play_.events = events_;
    if (days_) options_.end = options_.start + std::chrono::days(*days_);
    // In days that pass in seconds, what is late would come from the future.
    if (!late_) options_.dirt.late = 0;
    // Other shoppers each time: these have ids that the server has not seen.
    if (!seed_)
      options_.seed =
          static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    return play::play(terminal, play_, options_);
  }

  simulate::DirtRates rates() const {
    const simulate::DirtRates base = usual_dirt_ ? simulate::usual_dirt() : simulate::DirtRates{};
    return {.duplicates = duplicates_.value_or(base.duplicates),
            .late = late_.value_or(base.late),
            .max_late = max_late_.value_or(base.max_late),
            .malformed = malformed_.value_or(base.malformed),
            .oversized = oversized_.value_or(base.oversized),
            .clock_skew = clock_skew_.value_or(base.clock_skew)};
  }

  Status read_mix(std::string_view text) {
    auto mix = simulate::parse_mix(text);
    if (!mix) return mix.error();
    options_.mix = *mix;
    return {};
  }

  static ExitCode refuse(Terminal& terminal, std::string_view what) {
    terminal.complain(fmt::format("simulate: {}", what));
    return ExitCode::kUsage;
  }

  static ExitCode fail(Terminal& terminal, const Error& error, ExitCode code) {
    terminal.complain(error.what);
    return code;
  }

  ExitCode generate(Terminal& terminal, DataStream& output, std::optional<DataStream>& truth) {
    const Interruption interruption;
    simulate::Generator generator(options_);
    const bool written = write_lines(terminal, generator, output) && terminal.finish(output);
    if (!written) return ExitCode::kInputOutput;
    if (truth) {
      for (std::uint32_t shopper = 0; shopper < options_.shoppers; ++shopper)
        if (!truth->write(generator.truth_of(shopper) + "\n")) break;
      if (!terminal.finish(*truth)) return ExitCode::kInputOutput;
    }
    terminal.say(json_ ? summary_json(generator) : summary_text(generator));
    return Interruption::requested() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

  // Whether all went well; a reader that left is no error.
  bool write_lines(Terminal& terminal, simulate::Generator& generator, DataStream& output) {
    constexpr std::uint64_t kLinesBetweenLooks = 512;
    Progress progress(terminal, "simulate", events_.value_or(0));
    const std::uint64_t most = events_.value_or(std::numeric_limits<std::uint64_t>::max());
    const auto start = Clock::now();
    std::string block;
    for (std::uint64_t done = 0; done < most && !Interruption::requested();) {
      const auto line = generator.next();
      if (!line) break;
      block.assign(line->bytes) += '\n';
      ++done;
      if (!output.write(block)) return terminal.finish(output);
      if (rate_ && !keep_pace(start, done, output)) return terminal.finish(output);
      if (done % kLinesBetweenLooks == 0) progress.update(done);
    }
    return true;
  }

  // Waits until line number `done` is due. What was written is on its way by then.
  bool keep_pace(Clock::time_point start, std::uint64_t done, DataStream& output) const {
    const auto due =
        start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                    static_cast<double>(done) / static_cast<double>(*rate_)));
    if (due <= Clock::now()) return true;
    if (!output.flush()) return false;
    for (auto now = Clock::now(); now < due && !Interruption::requested(); now = Clock::now())
      std::this_thread::sleep_for(
          std::min<Clock::duration>(due - now, std::chrono::milliseconds(50)));
    return true;
  }

  simulate::SimulationOptions options_;
  std::uint64_t shoppers_ = 1000;
  std::optional<std::uint64_t> days_;
  std::optional<std::uint64_t> events_;
  std::optional<std::uint64_t> rate_;
  std::optional<std::uint64_t> seed_;
  std::string mix_;
  bool usual_dirt_ = false;
  std::optional<double> duplicates_;
  std::optional<double> late_;
  std::optional<Duration> max_late_;
  std::optional<double> malformed_;
  std::optional<double> oversized_;
  std::optional<double> clock_skew_;
  std::string out_ = "-";
  std::string personas_out_;
  bool json_ = false;
  std::string to_;
  play::PlayRequest play_;
};

}  // namespace

Command simulate_command() {
  return {
      .name = "simulate",
      .summary = "Make up the events of a shop, as lines of Segment-spec JSON or live at a server.",
      .examples =
          "millrace simulate --shoppers 1000 --days 30 --out events.ndjson\n"
          "millrace simulate --events 1M --dirt --json > events.ndjson 2> summary.json\n"
          "millrace simulate --persona-mix loyal=1,lapsing=1 --personas-out truth.ndjson\n"
          "millrace simulate --rate 500/s --events 10k\n"
          "millrace simulate --to http://127.0.0.1:8080 --rate 500/s --duration 1m\n",
      .make = make_action<Simulate>,
  };
}

}  // namespace millrace
