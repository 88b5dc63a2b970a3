#include "tests/support/process.hpp"

#include "engine/base/check.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

void redirect(const std::string& path, int flags, int descriptor) {
  if (::dup2(::open(path.c_str(), flags, 0600), descriptor) < 0) ::_exit(127);
}

std::vector<std::string> with_environment(const std::vector<std::string>& words,
                                          const std::vector<std::string>& environment) {
  std::vector<std::string> all = {"env"};
  all.insert(all.end(), environment.begin(), environment.end());
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

[[noreturn]] void become(const std::vector<std::string>& words) {
  redirect("/dev/null", O_RDONLY, STDIN_FILENO);
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
  // Files, not pipes: a program that writes much to both never waits for us.
  const TemporaryDirectory directory;
  const std::vector<std::string> all = with_environment(words, environment);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    redirect(directory.file("out"), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect(directory.file("err"), O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    become(all);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  Finished finished;
  finished.code = exit_code(status);
  finished.out = read_file(directory.file("out"));
  finished.err = read_file(directory.file("err"));
  return finished;
}

Process::Process(const std::vector<std::string>& words,
                 const std::vector<std::string>& environment) {
  const std::vector<std::string> all = with_environment(words, environment);
  std::array<int, 2> ends{};
  CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  child_ = ::fork();
  CHECK(child_ >= 0);
  if (child_ == 0) {
    // It does not outlive a test that is killed.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::dup2(ends[1], STDOUT_FILENO) < 0) ::_exit(127);
    become(all);
  }
  ::close(ends[1]);
  output_ = ends[0];
}

Process::~Process() {
  if (!code_) {
    signal(SIGKILL);
    wait();
  }
  ::close(output_);
}

std::optional<std::string> Process::line() {
  while (true) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      std::string found = read_.substr(0, end);
      read_.erase(0, end + 1);
      return found;
    }
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(output_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    read_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

void Process::signal(int number) {
  if (!code_) ::kill(child_, number);
}

int Process::wait() {
  if (code_) return *code_;
  int status = 0;
  CHECK(::waitpid(child_, &status, 0) == child_);
  code_ = exit_code(status);
  return *code_;
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
