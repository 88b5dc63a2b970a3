// All file access of the engine goes through `Files`, so that a test can tear, drop, flip and fill.
//
// Any thread may call `Files`; a `File` is written by one thread at a time and read by any number.
// Paths are those of the operating system. An error names the path, and its `fault` says whether
// the disk is Full, the file Missing or the lock Busy.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// An open file; closed by its destructor, which syncs nothing.
class File {
 public:
  virtual ~File() = default;

  // Reads at `offset` until `into` is full or the file ends; returns the number of bytes read.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;

  // Writes all of `bytes` at the end. After an error, any part of them may be in the file.
  virtual Status append(std::string_view bytes) = 0;

  // Returns once the contents and the length survive a loss of power. After an error they may be
  // lost although they can still be read, and a second sync may wrongly succeed: write them again,
  // into another file.
  virtual Status sync() = 0;

  virtual Status truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

// Held until destroyed, or until its process ends however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode : std::uint8_t {
  kRead,    // Missing if there is none
  kAppend,  // Missing if there is none
  kCreate,  // fails if there is one
  // The same, for a file that is appended to and synced often. The place after its end is written
  // with zeros ahead of time, so that a sync need not make its new length durable, which takes
  // twice as long. Closing the file cuts them off; after a crash it may end with them.
  kCreateLog,
};

class Files {
 public:
  virtual ~Files() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

  // Created, renamed and removed names survive a loss of power only after sync_directory().
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;

  // The names (not paths) of the files and directories in `path`, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;

  // With its parents, durably; it may exist already.
  virtual Status make_directory(const std::string& path) = 0;

  // Creates `path` if needed and locks it for one holder; Busy, naming the holder's process id if
  // it is known, when somebody else has it, be it in this process or in another.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// The files of the operating system.
class SystemFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

// The whole of a file of at most `limit` bytes; a longer one is an error.
Result<std::string> read_file(Files& files, const std::string& path, std::uint64_t limit);

// Writes `bytes` to `path` so that after a crash at any moment it holds either its old contents or
// the new ones; durable on return. On the way, and after a failure, there is a `path`.new.
inline constexpr std::string_view kReplacementSuffix = ".new";
Status replace_file(Files& files, const std::string& path, std::string_view bytes);

// "a/b/c" -> "a/b"; "c" -> "."; "/c" -> "/".
std::string parent_directory(const std::string& path);

}  // namespace millrace
