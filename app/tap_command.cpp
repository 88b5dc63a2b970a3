// `millrace tap`: what a running server's topology puts out, as it happens.
#include "app/cli/interrupt.hpp"
#include "app/commands.hpp"
#include "app/remote/json_fields.hpp"
#include "app/remote/output_filter.hpp"
#include "app/remote/server_access.hpp"
#include "connectors/client/event_stream.hpp"

#include <fmt/format.h>

#include <optional>
#include <thread>

namespace millrace {
namespace {

constexpr auto kPause = std::chrono::milliseconds(1000);

class Tap final : public Action {
 public:
  void declare(Options& options) override {
    options.value("--filter",
                  "EXPR",
                  filter_,
                  "Only outputs for which this holds, such as kind == \"enter\" and name == "
                  "\"loyal\".");
    options.value("--kind", "KIND", kind_, "enter, exit, effect or reject; several with commas.");
    options.value("--segment", "NAME", segment_, "Of this segment; several with commas.");
    options.value("--profile", "ID", profile_, "Of this customer.");
    options.value("--from", "POSITION", from_, "From there on, as far as the server remembers.");
    options.value("--limit", "N", limit_, "Stop after so many.");
    options.flag("--json", json_, "Write each as a line of JSON.");
    server_.declare(options);
  }

  ExitCode run(Terminal& terminal) override {
    auto filter = OutputFilter::parse(filter_);
    if (!filter) return wrong(filter.error(), terminal);
    if (const Status opened = server_.open(); !opened) return wrong(opened.error(), terminal);
    const Interruption interruption;
    bool reached = false;
    while (!Interruption::requested() && !enough()) {
      const auto answer = listen(*filter, terminal);
      reached = reached || heard_;
      if (enough() || Interruption::requested()) break;
      // A server that restarts comes back, and we go on where we were; one that was never there, or
      // refuses, does not.
      if (!reached || (answer && !answer->ok())) return complain_of_answer(answer, terminal);
      if (heard_) terminal.say("the server went away; waiting for it");
      heard_ = false;
      std::this_thread::sleep_for(kPause);
    }
    if (!terminal.finish(terminal.out())) return ExitCode::kInputOutput;
    return Interruption::requested() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

 private:
  static ExitCode wrong(const Error& error, Terminal& terminal) {
    terminal.complain(error.what);
    return ExitCode::kUsage;
  }

  bool enough() const { return (limit_ && shown_ >= *limit_) || left_; }

  std::string path() const {
    std::string path = "/v1/live";
    const auto add = [&](std::string_view name, const std::string& value) {
      if (value.empty()) return;
      path += fmt::format(
          "{}{}={}", path.find('?') == std::string::npos ? '?' : '&', name, percent_encoded(value));
    };
    add("kind", kind_);
    add("segment", segment_);
    add("profile", profile_);
    if (from_ && last_.empty()) add("from", std::to_string(*from_));
    return path;
  }

  Result<client::Answer> listen(OutputFilter& filter, Terminal& terminal) {
    client::EventStream events(
        [&](const client::ServerEvent& event) { take(event, filter, terminal); });
    std::string headers = server_.headers();
    if (!last_.empty()) headers += "Last-Event-ID: " + last_ + "\r\n";
    const std::string target = path();
    return client::ask(server_.loop(),
                       server_.client(),
                       {.path = target,
                        .headers = headers,
                        .within = Duration(0),
                        .on_body =
                            [&](std::string_view bytes) {
                              heard_ = true;
                              return events.feed(bytes) && !enough();
                            }},
                       Interruption::requested);
  }

  void take(const client::ServerEvent& event, OutputFilter& filter, Terminal& terminal) {
    if (!event.id.empty()) last_ = event.id;
    if (enough()) return;
    if (event.type == "missed")
      return terminal.say("some outputs are too old to be told: " + event.data);
    if (event.type == "dropped") return terminal.say("the server ended it: " + event.data);
    if (!filter.passes(event.data)) return;
    ++shown_;
    left_ = !terminal.out().write(json_ ? event.data + "\n" : line_of(event.data)).ok() ||
            !terminal.out().flush().ok();
  }

  std::string line_of(std::string_view json) {
    if (!fields_.read(json)) return std::string(json) + "\n";
    const std::string_view kind = fields_.text(1);
    if (kind == "reject")
      return fmt::format("{:<24} reject  {:<20} {} {}\n",
                         fields_.number(6),
                         fields_.text(5),
                         fields_.text(7),
                         fields_.text(8));
    return fmt::format("{} {:<7} {:<20} {} {} {}\n",
                       fields_.text(0),
                       kind,
                       fields_.text(2),
                       fields_.text(3),
                       fields_.text(4),
                       kind == "effect" ? json.substr(json.find("\"body\":") + 7) : "");
  }

  std::string filter_;
  std::string kind_;
  std::string segment_;
  std::string profile_;
  std::optional<std::uint64_t> from_;
  std::optional<std::uint64_t> limit_;
  bool json_ = false;
  ServerAccess server_;
  JsonFields fields_{
      {"time", "kind", "name", "profile", "ids[0]", "node", "position", "reason", "detail"}};
  std::uint64_t shown_ = 0;
  bool heard_ = false;  // anything, over this connection
  bool left_ = false;   // who reads our output
  std::string last_;    // id of the last event: where to go on
};

}  // namespace

Command tap_command() {
  return {
      .name = "tap",
      .summary = "Show who enters and leaves segments at a running server, as it happens.",
      .examples =
          "millrace tap\n"
          "millrace tap --segment loyal,high_value --json\n"
          "millrace tap --filter 'kind == \"effect\" and body.discount >= 10'\n",
      .make = make_action<Tap>,
  };
}

}  // namespace millrace
