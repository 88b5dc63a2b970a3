// Runs a program to its end and keeps what it said, for tests of command lines.
#pragma once

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
