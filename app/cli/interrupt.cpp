#include "app/cli/interrupt.hpp"

#include <unistd.h>

#include <csignal>

namespace millrace {
namespace {

// A signal handler can reach nothing but the static: these are the program's only state of that
// kind.
volatile std::sig_atomic_t requested_signal = 0;
volatile std::sig_atomic_t someone_cleans_up = 0;
volatile std::sig_atomic_t hung_up = 0;

extern "C" void on_hangup(int) { hung_up = 1; }

extern "C" void on_signal(int signal) {
  if (someone_cleans_up == 0 || requested_signal != 0) _exit(128 + signal);
  requested_signal = signal;
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a blocked write or sleep returns
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

Interruption::Interruption() { someone_cleans_up = 1; }
Interruption::~Interruption() { someone_cleans_up = 0; }
bool Interruption::requested() { return requested_signal != 0; }

Hangup::Hangup() {
  struct sigaction action {};
  action.sa_handler = on_hangup;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, nullptr);
}
Hangup::~Hangup() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(SIGHUP, &action, nullptr);
}
bool Hangup::take() {
  const bool came = hung_up != 0;
  hung_up = 0;
  return came;
}

}  // namespace millrace
