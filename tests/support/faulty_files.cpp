#include "tests/support/faulty_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::testing {
namespace {

constexpr std::uint64_t kSector = 512;

void write_at(std::string& bytes, std::uint64_t offset, std::string_view part) {
  if (bytes.size() < offset + part.size()) bytes.resize(offset + part.size(), '\0');
  bytes.replace(offset, part.size(), part);
}

}  // namespace

class FaultyFile final : public File {
 public:
  FaultyFile(FaultyFiles& files, std::string path, FaultyFiles::InodeRef inode, bool writable)
      : files_(files),
        path_(std::move(path)),
        inode_(std::move(inode)),
        writable_(writable),
        boot_(files.boots_) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    const std::lock_guard guard(files_.mutex_);
    if (files_.fails() || dead()) return files_.failure(path_);
    if (offset >= inode_->now.size()) return std::size_t{0};
    return inode_->now.copy(into.data(), into.size(), offset);
  }

  Status append(std::string_view bytes) override {
    const std::lock_guard guard(files_.mutex_);
    if (dead() || !writable_) return files_.failure(path_);
    if (files_.fails()) {
      write(bytes.substr(0, files_.random_.below(bytes.size() + 1)));
      return files_.failure(path_);
    }
    const std::uint64_t used = files_.used_locked();
    const std::uint64_t room = files_.capacity_ > used ? files_.capacity_ - used : 0;
    write(bytes.substr(0, room));
    if (bytes.size() > room) return Error{fmt::format("no space for {}", path_), Fault::kFull};
    return {};
  }

  Status sync() override {
    const std::lock_guard guard(files_.mutex_);
    if (dead()) return files_.failure(path_);
    if (files_.fails()) {
      files_.persist_some(*inode_);
      return files_.failure(path_);
    }
    for (const auto& change : inode_->unsynced) files_.apply(change, inode_->durable);
    inode_->unsynced.clear();
    return {};
  }

  Status truncate(std::uint64_t size) override {
    const std::lock_guard guard(files_.mutex_);
    if (dead() || !writable_ || files_.fails()) return files_.failure(path_);
    inode_->now.resize(size, '\0');
    inode_->unsynced.push_back({true, size, {}});
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard guard(files_.mutex_);
    if (dead() || files_.fails()) return files_.failure(path_);
    return std::uint64_t{inode_->now.size()};
  }

 private:
  bool dead() const { return boot_ != files_.boots_; }
  void write(std::string_view bytes) {
    inode_->unsynced.push_back({false, inode_->now.size(), std::string(bytes)});
    inode_->now.append(bytes);
  }

  FaultyFiles& files_;
  std::string path_;
  FaultyFiles::InodeRef inode_;
  bool writable_;
  std::uint64_t boot_;
};

class FaultyLock final : public FileLock {
 public:
  FaultyLock(FaultyFiles& files, std::string path)
      : files_(files), path_(std::move(path)), boot_(files.boots_) {}
  ~FaultyLock() override {
    const std::lock_guard guard(files_.mutex_);
    if (boot_ == files_.boots_) files_.locks_.erase(path_);
  }

 private:
  FaultyFiles& files_;
  std::string path_;
  std::uint64_t boot_;
};

bool FaultyFiles::fails() {
  const std::uint64_t number = operations_++;
  return number == failing_;
}

Error FaultyFiles::failure(const std::string& path) const {
  return {fmt::format("I/O error on {}", path), Fault::kOther};
}

void FaultyFiles::apply(const Change& change, std::string& bytes) {
  if (change.truncates)
    bytes.resize(change.offset, '\0');
  else
    write_at(bytes, change.offset, change.bytes);
}

// Each time by one of three habits of real disks: nothing reached the medium, all did up to a
// point, or sectors did in any order. What remains is counted as clean.
void FaultyFiles::persist_some(Inode& inode) {
  const auto habit = random_.below(4);
  bool stopped = habit == 0;
  for (const Change& change : inode.unsynced) {
    if (stopped) break;
    if (change.truncates) {
      if (habit == 1 || random_.chance(0.5)) apply(change, inode.durable);
      continue;
    }
    const std::uint64_t end = change.offset + change.bytes.size();
    for (std::uint64_t from = change.offset; from < end && !stopped;) {
      const std::uint64_t to = std::min(end, (from / kSector + 1) * kSector);
      const bool lands = random_.chance(habit == 1 ? 0.9 : 0.6);
      if (lands)
        write_at(inode.durable,
                 from,
                 std::string_view(change.bytes).substr(from - change.offset, to - from));
      stopped = !lands && habit == 1;
      from = to;
    }
  }
  inode.unsynced.clear();
}

// Nobody closed the file, or not so that it lasted.
void FaultyFiles::show_room(Inode& inode) {
  if (!inode.log) return;
  const std::string zeros(random_.below(3 * kSector), '\0');
  inode.unsynced.push_back({false, inode.now.size(), zeros});
  inode.now += zeros;
}

void FaultyFiles::apply(const Renaming& renaming, Names& names) {
  if (!renaming.removed.empty()) names.erase(renaming.removed);
  if (!renaming.added.empty()) names[renaming.added] = renaming.inode;
}

void FaultyFiles::change_name(Renaming renaming) {
  apply(renaming, now_);
  unsynced_.push_back(std::move(renaming));
}

void FaultyFiles::crash() {
  const std::lock_guard guard(mutex_);
  const bool in_order = random_.chance(0.5);
  bool stopped = false;
  for (const auto& renaming : unsynced_) {
    const bool lands = !stopped && random_.chance(in_order ? 0.8 : 0.5);
    if (lands) apply(renaming, durable_);
    stopped = stopped || (in_order && !lands);
  }
  unsynced_.clear();
  now_ = durable_;
  for (auto& [path, inode] : now_) {
    persist_some(*inode);
    inode->now = inode->durable;
    show_room(*inode);
  }
  locks_.clear();
  ++boots_;
}

void FaultyFiles::kill() {
  const std::lock_guard guard(mutex_);
  for (auto& [path, inode] : now_) show_room(*inode);
  locks_.clear();
  ++boots_;
}

void FaultyFiles::fail_operation(std::uint64_t n) {
  const std::lock_guard guard(mutex_);
  failing_ = operations_ + n;
}

std::uint64_t FaultyFiles::operations() const {
  const std::lock_guard guard(mutex_);
  return operations_;
}

void FaultyFiles::set_capacity(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  capacity_ = bytes;
}

std::uint64_t FaultyFiles::used() const {
  const std::lock_guard guard(mutex_);
  return used_locked();
}

std::uint64_t FaultyFiles::used_locked() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, inode] : now_) bytes += inode->now.size();
  return bytes;
}

void FaultyFiles::flip(const std::string& path, std::uint64_t bit) {
  const std::lock_guard guard(mutex_);
  Inode& inode = *now_.at(path);
  for (std::string* bytes : {&inode.now, &inode.durable})
    if (bit / 8 < bytes->size())
      (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << (bit % 8)));
}

std::string FaultyFiles::contents(const std::string& path) const {
  const std::lock_guard guard(mutex_);
  const auto found = now_.find(path);
  return found == now_.end() ? "" : found->second->now;
}

void FaultyFiles::set_contents(const std::string& path, std::string bytes) {
  const std::lock_guard guard(mutex_);
  auto inode = std::make_shared<Inode>();
  inode->now = inode->durable = std::move(bytes);
  now_[path] = durable_[path] = std::move(inode);
}

Result<std::unique_ptr<File>> FaultyFiles::open(const std::string& path, OpenMode mode) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failure(path);
  const auto found = now_.find(path);
  if (mode == OpenMode::kCreate || mode == OpenMode::kCreateLog) {
    if (found != now_.end() || directories_.count(parent_directory(path)) == 0)
      return failure(path);
    auto inode = std::make_shared<Inode>();
    inode->log = mode == OpenMode::kCreateLog;
    change_name({"", path, std::move(inode)});
  } else if (found == now_.end()) {
    return Error{fmt::format("there is no {}", path), Fault::kMissing};
  }
  return std::unique_ptr<File>(
      std::make_unique<FaultyFile>(*this, path, now_.at(path), mode != OpenMode::kRead));
}

Status FaultyFiles::rename(const std::string& from, const std::string& to) {
  const std::lock_guard guard(mutex_);
  const auto found = now_.find(from);
  if (fails() || found == now_.end()) return failure(from);
  change_name({from, to, found->second});
  return {};
}

Status FaultyFiles::remove(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failure(path);
  if (now_.count(path) == 0) return Error{fmt::format("there is no {}", path), Fault::kMissing};
  change_name({path, "", nullptr});
  return {};
}

Status FaultyFiles::sync_directory(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails() || directories_.count(path) == 0) return failure(path);
  std::vector<Renaming> others;
  for (auto& renaming : unsynced_) {
    const std::string& name = renaming.added.empty() ? renaming.removed : renaming.added;
    if (parent_directory(name) == path)
      apply(renaming, durable_);
    else
      others.push_back(std::move(renaming));
  }
  unsynced_ = std::move(others);
  return {};
}

Result<std::vector<std::string>> FaultyFiles::list(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failure(path);
  if (directories_.count(path) == 0)
    return Error{fmt::format("there is no {}", path), Fault::kMissing};
  std::vector<std::string> names;
  for (const auto& [name, inode] : now_)
    if (parent_directory(name) == path) names.push_back(name.substr(path.size() + 1));
  return names;
}

Status FaultyFiles::make_directory(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failure(path);
  for (std::string at = path; directories_.insert(at).second; at = parent_directory(at)) {
  }
  return {};
}

Result<std::unique_ptr<FileLock>> FaultyFiles::lock(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failure(path);
  if (!locks_.insert(path).second)
    return Error{fmt::format("{} is in use by this process", path), Fault::kBusy};
  return std::unique_ptr<FileLock>(std::make_unique<FaultyLock>(*this, path));
}

}  // namespace millrace::testing
