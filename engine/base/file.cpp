#include "engine/base/file.hpp"

#include "engine/base/descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace millrace {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

Error system_error(std::string_view action, const std::string& path, int code) {
  Fault fault = Fault::kOther;
  if (code == ENOSPC || code == EDQUOT) fault = Fault::kFull;
  if (code == ENOENT) fault = Fault::kMissing;
  return {fmt::format("cannot {} {}: {}", action, path, std::generic_category().message(code)),
          fault};
}

template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(
      retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
}

Result<std::size_t> read_from(const Descriptor& descriptor,
                              const std::string& path,
                              std::uint64_t offset,
                              std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = retry_interrupted([&] {
      return ::pread(descriptor.number(),
                     into.data() + done,
                     into.size() - done,
                     static_cast<off_t>(offset + done));
    });
    if (count < 0) return system_error("read", path, errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Status sync_data(const Descriptor& descriptor, const std::string& path) {
  if (retry_interrupted([&] { return ::fdatasync(descriptor.number()); }) < 0)
    return system_error("sync", path, errno);
  return {};
}

Status cut_at(const Descriptor& descriptor, const std::string& path, std::uint64_t size) {
  const auto length = static_cast<off_t>(size);
  if (retry_interrupted([&] { return ::ftruncate(descriptor.number(), length); }) < 0)
    return system_error("truncate", path, errno);
  return {};
}

class SystemFile final : public File {
 public:
  SystemFile(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return read_from(descriptor_, path_, offset, into);
  }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto count = retry_interrupted(
          [&] { return ::write(descriptor_.number(), bytes.data(), bytes.size()); });
      if (count < 0) return system_error("write to", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  Status sync() override { return sync_data(descriptor_, path_); }
  Status truncate(std::uint64_t size) override { return cut_at(descriptor_, path_, size); }

  Result<std::uint64_t> size() const override {
    struct stat status {};
    if (::fstat(descriptor_.number(), &status) < 0) return system_error("look at", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  std::string path_;
  Descriptor descriptor_;
};

// See OpenMode::kCreateLog.
class SystemLog final : public File {
 public:
  SystemLog(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  ~SystemLog() override {
    // What fails here is left to whoever reads the file.
    if (zeroed_ > end_) static_cast<void>(truncate(end_));
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    const std::uint64_t end = end_.load(std::memory_order_acquire);
    const std::uint64_t there = end - std::min(offset, end);
    return read_from(
        descriptor_, path_, offset, into.first(std::min<std::uint64_t>(into.size(), there)));
  }

  Status append(std::string_view bytes) override {
    const std::uint64_t begin = end_.load(std::memory_order_relaxed);
    const std::uint64_t end = begin + bytes.size();
    if (end > zeroed_) make_room(end);
    if (Status written = write_at(begin, bytes); !written) return written;
    end_.store(end, std::memory_order_release);
    return {};
  }

  Status sync() override { return sync_data(descriptor_, path_); }

  Status truncate(std::uint64_t size) override {
    if (Status cut = cut_at(descriptor_, path_, size); !cut) return cut;
    zeroed_ = size;
    end_.store(size, std::memory_order_release);
    return {};
  }

  Result<std::uint64_t> size() const override { return end_.load(std::memory_order_acquire); }

 private:
  static constexpr std::uint64_t kRoom = 1 << 20;

  // A disk that is too full for room may still have enough for what is to be written.
  void make_room(std::uint64_t end) {
    const std::vector<char> zeros(kRoom);
    while (zeroed_ < end) {
      if (!write_at(zeroed_, {zeros.data(), zeros.size()})) return;
      zeroed_ += kRoom;
    }
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = retry_interrupted([&] {
        return ::pwrite(
            descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (count < 0) return system_error("write to", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  std::string path_;
  Descriptor descriptor_;
  std::atomic<std::uint64_t> end_{0};  // of what was appended; readers see it move
  std::uint64_t zeroed_ = 0;  // of what is on the disk as far as we know; not below end_ for long
};

class SystemLock final : public FileLock {
 public:
  explicit SystemLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

}  // namespace

Result<std::unique_ptr<File>> SystemFiles::open(const std::string& path, OpenMode mode) {
  int flags = O_RDONLY;
  if (mode == OpenMode::kAppend) flags = O_RDWR | O_APPEND;
  if (mode == OpenMode::kCreate) flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL;
  if (mode == OpenMode::kCreateLog) flags = O_RDWR | O_CREAT | O_EXCL;
  Descriptor descriptor = open_descriptor(path, flags);
  if (!descriptor.ok()) return system_error("open", path, errno);
  if (mode == OpenMode::kCreateLog)
    return std::unique_ptr<File>(std::make_unique<SystemLog>(path, std::move(descriptor)));
  return std::unique_ptr<File>(std::make_unique<SystemFile>(path, std::move(descriptor)));
}

Status SystemFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) < 0) return system_error("rename", from, errno);
  return {};
}

Status SystemFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) < 0) return system_error("remove", path, errno);
  return {};
}

Status SystemFiles::sync_directory(const std::string& path) {
  const Descriptor descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!descriptor.ok()) return system_error("open", path, errno);
  if (retry_interrupted([&] { return ::fsync(descriptor.number()); }) < 0)
    return system_error("sync", path, errno);
  return {};
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return system_error("list", path, errno);
  std::vector<std::string> names;
  errno = 0;
  // Each caller has its own stream, which is what readdir asks of a multi-threaded program.
  while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int code = errno;
  ::closedir(directory);
  if (code != 0) return system_error("list", path, code);
  std::sort(names.begin(), names.end());
  return names;
}

Status SystemFiles::make_directory(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return system_error("make directory", path, ENOTDIR);
  }
  const std::string parent = parent_directory(path);
  if (auto made = make_directory(parent); !made.ok()) return made;
  if (::mkdir(path.c_str(), kDirectoryMode) < 0 && errno != EEXIST)
    return system_error("make directory", path, errno);
  return sync_directory(parent);
}

Result<std::unique_ptr<FileLock>> SystemFiles::lock(const std::string& path) {
  Descriptor descriptor = open_descriptor(path, O_RDWR | O_CREAT);
  if (!descriptor.ok()) return system_error("open", path, errno);
  SystemFile file(path, Descriptor(::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 0)));
  // flock belongs to the open file and not to the process: a second opener in the same process is
  // refused too, and the lock goes with the last descriptor when the process dies.
  if (retry_interrupted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); }) < 0) {
    if (errno != EWOULDBLOCK) return system_error("lock", path, errno);
    std::string holder(32, '\0');
    const auto count = file.read_at(0, holder);
    holder.resize(count.ok() ? std::min(*count, holder.find('\n')) : 0);
    return Error{
        fmt::format(
            "{} is in use by {}", path, holder.empty() ? "another process" : "process " + holder),
        Fault::kBusy};
  }
  // Who holds it is a help for people; the lock stands without it, even on a full disk.
  if (file.truncate(0).ok()) (void)file.append(fmt::format("{}\n", ::getpid()));
  return std::unique_ptr<FileLock>(std::make_unique<SystemLock>(std::move(descriptor)));
}

Result<std::string> read_file(Files& files, const std::string& path, std::uint64_t limit) {
  auto file = files.open(path, OpenMode::kRead);
  if (!file.ok()) return file.error();
  const auto size = (*file)->size();
  if (!size.ok()) return size.error();
  if (*size > limit)
    return Error{fmt::format("{} has {} bytes; the most that is read is {}", path, *size, limit)};
  std::string bytes(*size, '\0');
  const auto count = (*file)->read_at(0, bytes);
  if (!count.ok()) return count.error();
  bytes.resize(*count);
  return bytes;
}

Status replace_file(Files& files, const std::string& path, std::string_view bytes) {
  const std::string fresh = path + std::string(kReplacementSuffix);
  // A leftover of a crash; that there usually is none is not an error.
  if (auto removed = files.remove(fresh); !removed.ok() && removed.error().fault != Fault::kMissing)
    return removed;
  auto file = files.open(fresh, OpenMode::kCreate);
  if (!file.ok()) return file.error();
  if (auto written = (*file)->append(bytes); !written.ok()) return written;
  if (auto synced = (*file)->sync(); !synced.ok()) return synced;
  if (auto renamed = files.rename(fresh, path); !renamed.ok()) return renamed;
  return files.sync_directory(parent_directory(path));
}

std::string parent_directory(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace millrace
