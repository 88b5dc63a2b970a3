// `millrace journal`: looks into a journal's files, and mends them.
#include "app/cli/interrupt.hpp"
#include "app/commands.hpp"
#include "app/journal/record_lines.hpp"
#include "app/journal/report.hpp"

namespace millrace {
namespace {

class JournalAction final : public Action {
 public:
  void declare(Options& options) override {
    Option& verb = options.argument("VERB", verb_, "What to do.");
    verb.choices = {"inspect", "verify", "repair", "cat"};
    verb.required = true;
    Option& directory =
        options.argument("DIR", directory_, "The journal's directory, or the data directory.");
    directory.is_path = directory.required = true;
    options.value("--from", "N", range_.from, "cat: the position to begin at.");
    options.value("--limit", "N", limit_, "cat: the most records to print.");
    options.flag("--json", json_, "Write JSON; cat always does.");
  }

  ExitCode run(Terminal& terminal) override {
    // A data directory keeps its journal in a directory of that name.
    if (files_.list(directory_ + "/journal")) directory_ += "/journal";
    if (verb_ == "cat") return cat(terminal);
    if (verb_ == "verify") {
      const auto verification = verify(files_, directory_);
      const bool sound = verification && verification->sound();
      return print(verification, sound ? ExitCode::kOk : ExitCode::kFailed, terminal);
    }
    if (verb_ == "repair") return print(repair(files_, directory_), ExitCode::kOk, terminal);
    return print(inspect(files_, directory_), ExitCode::kOk, terminal);
  }

 private:
  template <class T>
  ExitCode print(const Result<T>& result, ExitCode code, Terminal& terminal) const {
    if (!result) return fail(result.error(), terminal);
    terminal.print(json_ ? to_json(*result) : show(*result));
    return code;
  }

  ExitCode cat(Terminal& terminal) {
    const Interruption interruption;
    if (limit_) range_.limit = *limit_;
    const Status printed = print_records(files_, directory_, range_, [&](std::string_view line) {
      return terminal.out().write(line).ok() && !Interruption::requested();
    });
    if (!printed) return fail(printed.error(), terminal);
    return Interruption::requested() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

  static ExitCode fail(const Error& error, Terminal& terminal) {
    terminal.complain(error.what);
    if (error.fault == Fault::kMissing) return ExitCode::kNotFound;
    return error.fault == Fault::kBusy ? ExitCode::kTryLater : ExitCode::kInputOutput;
  }

  SystemFiles files_;
  std::string verb_;
  std::string directory_;
  RecordRange range_;
  std::optional<std::uint64_t> limit_;
  bool json_ = false;
};

}  // namespace

Command journal_command() {
  return {
      .name = "journal",
      .summary = "Look into a journal's files: inspect, verify, repair, or print its records.",
      .examples =
          "millrace journal inspect data\n"
          "millrace journal verify data --json\n"
          "millrace journal repair data\n"
          "millrace journal cat data --from 1000 --limit 10\n",
      .make = make_action<JournalAction>,
  };
}

}  // namespace millrace
