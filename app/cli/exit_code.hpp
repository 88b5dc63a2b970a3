// How the millrace program ends: the codes that scripts may rely on (sysexits.h, and 130 for
// Ctrl-C).
#pragma once

#include <cstdint>

namespace millrace {

enum class ExitCode : std::uint8_t {
  kOk = 0,
  kFailed = 1,         // tests failed, checks found problems
  kNotFound = 2,       // the answer is no, or nothing by that name
  kUsage = 64,         // the command line is wrong
  kBadData = 65,       // the input is wrong
  kUnavailable = 69,   // a service does not answer
  kBug = 70,           // an error in Millrace itself
  kCannotCreate = 73,  // an output cannot be made
  kInputOutput = 74,   // reading or writing failed
  kTryLater = 75,      // busy; the same command may work in a while
  kNoPermission = 77,
  kBadConfig = 78,  // a topology or setting is wrong
  kInterrupted = 130,
};

}  // namespace millrace
