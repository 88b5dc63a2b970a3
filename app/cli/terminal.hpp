// The two streams of a command-line program, used as people and scripts expect: data on standard
// output, words on standard error, colour only where someone sees it. Used by one thread.
#pragma once

#include "app/cli/output.hpp"

#include <string>
#include <string_view>

namespace millrace {

class Terminal {
 public:
  // What the environment says about a stream: colour is for terminals, unless NO_COLOR is set and
  // not empty (no-color.org) or TERM is `dumb`.
  struct Looks {
    bool interactive = false;
    bool colour = false;
  };

  Terminal(int out_descriptor, int message_descriptor);

  DataStream& out() { return out_; }

  // Data on standard output. A failure stays in out() and is reported when the subcommand ends.
  void print(std::string_view data);

  // To people: a line on standard error; nothing when quiet.
  void say(std::string_view line);
  // An error: shown even when quiet, as `millrace: ...`.
  void complain(std::string_view line);
  // Replaces the last line of an interactive standard error, for progress; an empty text removes
  // it.
  void show_status(std::string_view line);

  // Ends a subcommand that wrote data: flushes, and reports what went wrong unless the reader just
  // left or someone pressed Ctrl-C. Returns whether all data that someone wanted was written.
  bool finish(DataStream& output);

  const Looks& out_looks() const { return out_looks_; }
  const Looks& message_looks() const { return message_looks_; }
  bool quiet() const { return quiet_; }
  void set_quiet(bool quiet) { quiet_ = quiet; }
  void disable_colour() { out_looks_.colour = message_looks_.colour = false; }

 private:
  void write_message(std::string_view text);

  DataStream out_;
  int message_descriptor_;
  Looks out_looks_;
  Looks message_looks_;
  bool quiet_ = false;
  bool status_shown_ = false;
};

}  // namespace millrace
