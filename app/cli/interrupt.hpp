// Ctrl-C and SIGTERM, and SIGHUP. A program that does nothing about them ends at once with 130
// (143); one that holds an Interruption is only told, and ends at once at the second signal.
#pragma once

namespace millrace {

// Called once, by run_program before the subcommand starts: takes over SIGINT and SIGTERM, and
// ignores SIGPIPE, so that a reader that went away is an error of write() and no signal.
void install_signal_handlers();

// While one lives, the first signal lets the subcommand clean up. Make one only where a loop asks
// requested(); from the main thread, one at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // From any thread.
  static bool requested();
};

// While one lives, SIGHUP is a request of which the program is told; otherwise it ends it, as
// usual.
class Hangup {
 public:
  Hangup();
  ~Hangup();
  Hangup(const Hangup&) = delete;
  Hangup& operator=(const Hangup&) = delete;

  // Whether one came since the last call.
  static bool take();
};

}  // namespace millrace
