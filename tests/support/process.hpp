// Runs programs, for tests of command lines and servers: to their end, or beside the test.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct Finished {
  int code = -1;    // the exit code, or 128 + the signal that ended it
  std::string out;  // what it wrote to standard output
  std::string err;
};

// The first word is the program, looked up in PATH unless it has a slash. Standard input is empty;
// `environment` is added to ours, as NAME=VALUE.
Finished run_process(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment = {});

// The millrace program of this build.
Finished run_millrace(std::vector<std::string> arguments,
                      const std::vector<std::string>& environment = {});

// A shell script in bash, with the program of this build as $millrace.
Finished run_bash(const std::string& script);

// A program that runs beside the test; killed and waited for at the end. What it writes to standard
// error goes to the test's own.
class Process {
 public:
  // As run_process().
  explicit Process(const std::vector<std::string>& words,
                   const std::vector<std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The next line of its standard output; nothing after the last. Blocks.
  std::optional<std::string> line();
  void signal(int number);
  // Its exit code, or 128 + the signal that ended it. Blocks.
  int wait();
  int id() const { return child_; }

 private:
  int child_ = -1;
  int output_ = -1;
  std::optional<int> code_;
  std::string read_;  // of its output, beyond the last line that was asked for
};

// A directory that is empty at first and removed with all it holds at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

}  // namespace millrace
