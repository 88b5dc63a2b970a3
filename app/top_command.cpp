// `millrace top`: how a running server does, drawn again every second.
#include "app/cli/interrupt.hpp"
#include "app/commands.hpp"
#include "app/remote/json_fields.hpp"
#include "app/remote/metrics_text.hpp"
#include "app/remote/server_access.hpp"
#include "app/remote/top_table.hpp"

#include <fmt/format.h>

#include <map>
#include <thread>

namespace millrace {
namespace {

class Top final : public Action {
 public:
  void declare(Options& options) override {
    options.flag("--once", once_, "Show it once, after one interval, and end.");
    options.value("--interval", "TIME", interval_, "Between two looks.");
    options.value("--sort", "BY", sort_, "The order of segments.").choices = {
        "topology", "name", "members", "change"};
    options.data_format(format_);
    server_.declare(options);
  }

  ExitCode run(Terminal& terminal) override {
    if (const Status opened = server_.open(); !opened) return usage(terminal, opened.error().what);
    if (interval_ < Duration(100)) return usage(terminal, "top: --interval is at least 100ms");
    const Interruption interruption;
    const bool live = !once_ && terminal.out_looks().interactive && format_ == DataFormat::kPretty;
    ExitCode code = ExitCode::kOk;
    if (!look(before_, terminal, code)) return code;
    std::size_t drawn = 0;
    while (wait() && look(now_, terminal, code)) {
      drawn = draw(terminal, live ? drawn : 0);
      if (!terminal.out().flush().ok() || once_) break;
      before_ = now_;
    }
    return code == ExitCode::kOk && Interruption::requested() ? ExitCode::kInterrupted : code;
  }

 private:
  static ExitCode usage(Terminal& terminal, std::string_view what) {
    terminal.complain(what);
    return ExitCode::kUsage;
  }

  bool wait() const {
    const auto until = std::chrono::steady_clock::now() + interval_;
    while (!Interruption::requested() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::min<Duration>(interval_, Duration(50)));
    return !Interruption::requested();
  }

  bool look(TopMoment& moment, Terminal& terminal, ExitCode& code) {
    const auto metrics = server_.get("/metrics");
    const auto segments = metrics && metrics->ok() ? server_.get("/v1/segments") : metrics;
    if (!segments || !segments->ok()) {
      code = complain_of_answer(segments, terminal);
      return false;
    }
    moment = {std::chrono::steady_clock::now(), read_metrics(metrics->body), {}};
    JsonFields fields({"name", "members"}, "segments");
    if (fields.read(segments->body))
      for (std::size_t row = 0; row < fields.rows(); ++row)
        moment.segments.emplace_back(fields.text(0, row), fields.number(1, row));
    return true;
  }

  // How many lines it drew; the next drawing goes over them.
  std::size_t draw(Terminal& terminal, std::size_t over) const {
    const TopOrder order = order_of(sort_);
    if (format_ == DataFormat::kJson) terminal.print(top_json(before_, now_, order));
    if (format_ == DataFormat::kPlain) terminal.print(top_plain(before_, now_, order));
    if (format_ != DataFormat::kPretty) return 0;
    if (over > 0) terminal.print(fmt::format("\x1b[{}A", over));
    const auto lines = top_lines(before_, now_, order);
    const bool interactive = terminal.out_looks().interactive;
    for (const std::string& line : lines) terminal.print(line + (interactive ? "\x1b[K\n" : "\n"));
    return lines.size();
  }

  static TopOrder order_of(const std::string& sort) {
    if (sort == "name") return TopOrder::kName;
    if (sort == "members") return TopOrder::kMembers;
    return sort == "change" ? TopOrder::kChange : TopOrder::kTopology;
  }

  bool once_ = false;
  Duration interval_ = std::chrono::seconds(1);
  std::string sort_ = "topology";
  DataFormat format_ = DataFormat::kPretty;
  ServerAccess server_;
  TopMoment before_;
  TopMoment now_;
};

}  // namespace

Command top_command() {
  return {
      .name = "top",
      .summary = "Show how a running server does: rate, lag, segment sizes.",
      .examples =
          "millrace top\n"
          "millrace top --sort change --interval 5s\n"
          "millrace top --once --json\n",
      .make = make_action<Top>,
  };
}

}  // namespace millrace
