// A disk that fails, as the process sees it that dies on it: for crashes of what has threads of its
// own. Any thread.
#pragma once

#include "tests/support/faulty_files.hpp"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace millrace::testing {

// A machine's files as one process of it sees them: not at all once the machine or the process
// died, though the threads of the test go on.
class FilesOfAProcess final : public Files {
 public:
  explicit FilesOfAProcess(FaultyFiles& machine) : machine_(machine) {}

  template <class Die>
  void die(const Die& die) {
    const std::unique_lock lock(mutex_);
    dead_ = true;
    die(machine_);
  }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    return alive<Result<std::unique_ptr<File>>>([&] { return machine_.open(path, mode); });
  }
  Status rename(const std::string& from, const std::string& to) override {
    return alive<Status>([&] { return machine_.rename(from, to); });
  }
  Status remove(const std::string& path) override {
    return alive<Status>([&] { return machine_.remove(path); });
  }
  Status sync_directory(const std::string& path) override {
    return alive<Status>([&] { return machine_.sync_directory(path); });
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return alive<Result<std::vector<std::string>>>([&] { return machine_.list(path); });
  }
  Status make_directory(const std::string& path) override {
    return alive<Status>([&] { return machine_.make_directory(path); });
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return alive<Result<std::unique_ptr<FileLock>>>([&] { return machine_.lock(path); });
  }

 private:
  template <class T, class Do>
  T alive(const Do& act) {
    const std::shared_lock lock(mutex_);
    if (dead_) return Error{"the process is dead"};
    return act();
  }

  FaultyFiles& machine_;
  std::shared_mutex mutex_;
  bool dead_ = false;
};

}  // namespace millrace::testing
