#include "tests/unit/app/process.hpp"

#include "engine/base/check.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

// Files, not pipes: a program that writes much to both never waits for us.
[[noreturn]] void become(const std::vector<std::string>& words,
                         const std::string& out,
                         const std::string& err) {
  const auto redirect = [](const std::string& path, int flags, int descriptor) {
    if (::dup2(::open(path.c_str(), flags, 0600), descriptor) < 0) ::_exit(127);
  };
  redirect("/dev/null", O_RDONLY, STDIN_FILENO);
  redirect(out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect(err, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_test_XXXXXX").string();
  CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Finished run_process(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment) {
  const TemporaryDirectory directory;
  std::vector<std::string> all = {"env"};
  all.insert(all.end(), environment.begin(), environment.end());
  all.insert(all.end(), words.begin(), words.end());
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) become(all, directory.file("out"), directory.file("err"));
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  Finished finished;
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.out = read_file(directory.file("out"));
  finished.err = read_file(directory.file("err"));
  return finished;
}

Finished run_millrace(std::vector<std::string> arguments,
                      const std::vector<std::string>& environment) {
  arguments.insert(arguments.begin(), MILLRACE_PROGRAM);
  return run_process(arguments, environment);
}

Finished run_bash(const std::string& script) {
  return run_process({"bash", "-c", script}, {"millrace=" MILLRACE_PROGRAM});
}

}  // namespace millrace
