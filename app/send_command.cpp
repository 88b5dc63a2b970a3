// `millrace send`: a file of events to a running server.
#include "app/cli/environment.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/read_input.hpp"
#include "app/commands.hpp"
#include "app/remote/event_lines.hpp"
#include "app/remote/server_access.hpp"
#include "engine/base/json_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::seconds(5);
constexpr std::size_t kLineMax = std::size_t{1} << 20;

class Send final : public Action {
 public:
  void declare(Options& options) override {
    Option& file =
        options.argument("FILE", file_, "NDJSON of Segment events; - is standard input.");
    file.is_path = file.required = true;
    options.value("--key", "KEY", key_, "The write key; by default $MILLRACE_KEY.");
    options.value("--batch", "N", batch_max_, "Events that are sent together, at most.");
    options.value("--from-line", "N", from_line_, "Leave out the lines before: to go on.");
    options.value(
        "--patience", "TIME", patience_, "Give up when the server takes nothing for so long.");
    options.flag("--json", json_, "Write the summary as JSON.");
    server_.declare(options);
  }

  ExitCode run(Terminal& terminal) override {
    if (batch_max_ == 0 || batch_max_ > 2'000) return usage(terminal, "--batch is from 1 to 2000");
    if (const Status opened = server_.open(); !opened) return usage(terminal, opened.error().what);
    if (key_.empty()) key_ = environment("MILLRACE_KEY");
    const int input = file_ == "-" ? STDIN_FILENO : ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
    if (input < 0) {
      terminal.complain(
          fmt::format("cannot read {}: {}", file_, std::generic_category().message(errno)));
      return ExitCode::kInputOutput;
    }
    const Interruption interruption;
    ExitCode code = send_all(input, terminal);
    if (input != STDIN_FILENO) ::close(input);
    report(terminal, code);
    if (code == ExitCode::kOk && skipped_ > 0) code = ExitCode::kBadData;
    return code;
  }

 private:
  static ExitCode usage(Terminal& terminal, std::string_view what) {
    terminal.complain(fmt::format("send: {}", what));
    return ExitCode::kUsage;
  }

  ExitCode send_all(int input, Terminal& terminal) {
    Progress progress(terminal, "send", 0);
    EventBatch batch(batch_max_);
    const ReadBytes read = read_descriptor(input, file_);
    std::string buffer;
    std::string block(std::size_t{64} << 10, '\0');
    ExitCode code = ExitCode::kOk;
    while (code == ExitCode::kOk) {
      const auto got = read(block.data(), block.size());
      if (Interruption::requested()) return ExitCode::kInterrupted;
      if (!got) {
        terminal.complain(got.error().what);
        return ExitCode::kInputOutput;
      }
      buffer.append(block, 0, *got);
      if (*got == 0 && !buffer.empty()) buffer += '\n';  // the last line may have no end
      code = take_lines(buffer, batch, terminal);
      progress.update(acknowledged_);
      if (*got == 0) break;
    }
    return code == ExitCode::kOk && !batch.empty() ? deliver(batch, terminal) : code;
  }

  // Whole lines go into the batch, and out when it is full; the rest stays.
  ExitCode take_lines(std::string& buffer, EventBatch& batch, Terminal& terminal) {
    std::size_t at = 0;
    for (std::size_t end = buffer.find('\n'); end != std::string::npos;
         end = buffer.find('\n', at)) {
      const std::string_view line = std::string_view(buffer).substr(at, end - at);
      at = end + 1;
      if (++line_ < from_line_ || line.find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      auto took = batch.add(line, line_);
      if (took == EventBatch::Took::kFull) {
        if (const ExitCode code = deliver(batch, terminal); code != ExitCode::kOk) return code;
        took = batch.add(line, line_);
      }
      if (took == EventBatch::Took::kNoEvent && skipped_++ < 10)
        terminal.complain(fmt::format("line {} is no event, and is left out", line_));
    }
    buffer.erase(0, at);
    if (buffer.size() <= kLineMax) return ExitCode::kOk;
    terminal.complain(fmt::format("line {} has no end", line_ + 1));
    return ExitCode::kBadData;
  }

  // Until the server has it.
  ExitCode deliver(EventBatch& batch, Terminal& terminal) {
    const std::string body = batch.body();
    const std::string headers = client::write_key_header(key_);
    const auto give_up = Clock::now() + patience_;
    for (auto pause = Duration(kFirstPause);;
         pause = std::min<Duration>(2 * pause, kLongestPause)) {
      const auto answer =
          client::ask(server_.loop(),
                      server_.client(),
                      {.method = "POST", .path = "/v1/batch", .body = body, .headers = headers},
                      Interruption::requested);
      if (Interruption::requested()) return ExitCode::kInterrupted;
      if (answer && answer->ok()) {
        acknowledged_ += batch.events();
        done_ = batch.last_line();
        batch.clear();
        return ExitCode::kOk;
      }
      const bool later = !answer || answer->status >= 500 || answer->status == 429;
      const Duration wait =
          answer && answer->retry_after > Duration(0) ? answer->retry_after : pause;
      if (!later || Clock::now() + wait > give_up) return complain_of_answer(answer, terminal);
      ++retries_;
      rest(wait);
    }
  }

  static void rest(Duration wait) {
    const auto until = Clock::now() + wait;
    while (!Interruption::requested() && Clock::now() < until)
      std::this_thread::sleep_for(std::min<Duration>(wait, Duration(50)));
  }

  void report(Terminal& terminal, ExitCode code) const {
    if (json_) {
      std::string out;
      JsonWriter json(out);
      json.object().key("acknowledged").value(acknowledged_).key("skipped").value(skipped_);
      json.key("retries").value(retries_).key("last_line").value(done_).end();
      terminal.print(out + "\n");
    } else {
      terminal.say(fmt::format("{} events acknowledged, {} lines left out, {} retries",
                               acknowledged_,
                               skipped_,
                               retries_));
    }
    if (code != ExitCode::kOk)
      terminal.say(fmt::format("all up to line {} is there; go on with --from-line {}",
                               done_,
                               std::max(done_ + 1, from_line_)));
  }

  std::string file_;
  std::string key_;
  std::uint64_t batch_max_ = 100;
  std::uint64_t from_line_ = 1;
  Duration patience_ = std::chrono::minutes(1);
  bool json_ = false;
  ServerAccess server_;
  std::uint64_t line_ = 0;  // that was read last
  std::uint64_t done_ = 0;  // the last that was acknowledged
  std::uint64_t acknowledged_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t retries_ = 0;
};

}  // namespace

Command send_command() {
  return {
      .name = "send",
      .summary = "Send a file of events to a running server, and say how far it came.",
      .examples =
          "millrace send events.ndjson --to http://127.0.0.1:8080 --key shop\n"
          "millrace send events.ndjson --from-line 20001\n"
          "zcat events.ndjson.gz | millrace send -\n",
      .make = make_action<Send>,
  };
}

}  // namespace millrace
