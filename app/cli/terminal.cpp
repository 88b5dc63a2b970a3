#include "app/cli/terminal.hpp"

#include "app/cli/environment.hpp"
#include "app/cli/interrupt.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace millrace {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

Terminal::Looks looks_of(int descriptor) {
  const bool interactive = ::isatty(descriptor) == 1;
  const bool colour =
      interactive && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return {.interactive = interactive, .colour = colour};
}

}  // namespace

Terminal::Terminal(int out_descriptor, int message_descriptor)
    : out_(DataStream::to_descriptor(out_descriptor)),
      message_descriptor_(message_descriptor),
      out_looks_(looks_of(out_descriptor)),
      message_looks_(looks_of(message_descriptor)) {}

void Terminal::write_message(std::string_view text) {
  std::string whole;
  if (status_shown_) whole = kEraseLine;
  status_shown_ = false;
  whole += text;
  // One write: lines of several processes on one terminal do not mix. Nobody can be told that it
  // failed.
  [[maybe_unused]] const ssize_t written = ::write(message_descriptor_, whole.data(), whole.size());
}

void Terminal::print(std::string_view data) { static_cast<void>(out_.write(data)); }

void Terminal::say(std::string_view line) {
  if (!quiet_) write_message(fmt::format("{}\n", line));
}

void Terminal::complain(std::string_view line) {
  write_message(message_looks_.colour ? fmt::format("\x1b[31mmillrace:\x1b[0m {}\n", line)
                                      : fmt::format("millrace: {}\n", line));
}

void Terminal::show_status(std::string_view line) {
  if (quiet_ || !message_looks_.interactive || (line.empty() && !status_shown_)) return;
  const bool shows = !line.empty();
  status_shown_ = true;
  write_message(line);
  status_shown_ = shows;
}

bool Terminal::finish(DataStream& output) {
  const Status status = output.flush();
  if (status || output.reader_is_gone() || Interruption::requested()) return true;
  complain(status.error().what);
  return false;
}

}  // namespace millrace
