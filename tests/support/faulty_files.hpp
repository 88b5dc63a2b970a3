// A disk in memory that fails the way real ones do, from a seed: at a crash, what was not synced is
// dropped, torn at a 512-byte boundary or written out of order, and so are directory entries; and
// logs end with zeros.
//
// A failed sync behaves as on Linux: the pages count as clean afterwards, so that a second sync
// succeeds and writes nothing. Thread-safe. After crash() every open file and lock is dead.
#pragma once

#include "engine/base/file.hpp"
#include "engine/base/random.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace millrace::testing {

class FaultyFiles final : public Files {
 public:
  explicit FaultyFiles(std::uint64_t seed = 1) : random_(seed) {}

  // The machine loses power and starts again: only what is durable, and by chance some of what is
  // not, is left.
  void crash();

  // The process is killed: its files and locks are gone, but the page cache lives on.
  void kill();

  // The `n`-th operation from now (0 is the next one) fails once with an I/O error; a failing
  // append may have written a part.
  void fail_operation(std::uint64_t n);

  // How many operations there were: the range from which to choose `n`.
  std::uint64_t operations() const;

  // No more than this many bytes fit; an append that doesn't fit writes what does.
  void set_capacity(std::uint64_t bytes);
  std::uint64_t used() const;

  // Flips one bit on the medium.
  void flip(const std::string& path, std::uint64_t bit);

  // Contents as a reader would see them; "" if there is no such file.
  std::string contents(const std::string& path) const;
  void set_contents(const std::string& path, std::string bytes);  // durable at once

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  friend class FaultyFile;
  friend class FaultyLock;

  struct Change {  // of a file, since it was last synced
    bool truncates = false;
    std::uint64_t offset = 0;
    std::string bytes;
  };
  struct Inode {
    std::string now;
    std::string durable;
    std::vector<Change> unsynced;
    bool log = false;  // see OpenMode::kCreateLog
  };
  using InodeRef = std::shared_ptr<Inode>;  // named by the present, the durable and open files
  using Names = std::map<std::string, InodeRef>;
  struct Renaming {       // of a name, since its directory was last synced
    std::string removed;  // "" for none
    std::string added;    // "" for none
    InodeRef inode;
  };

  bool fails();  // counts an operation
  void persist_some(Inode& inode);
  void show_room(Inode& inode);
  void apply(const Change& change, std::string& bytes);
  static void apply(const Renaming& renaming, Names& names);
  void change_name(Renaming renaming);
  Error failure(const std::string& path) const;
  std::uint64_t used_locked() const;

  mutable std::mutex mutex_;
  Random random_;
  Names now_;
  Names durable_;
  std::vector<Renaming> unsynced_;
  std::set<std::string> directories_ = {".", "/"};
  std::set<std::string> locks_;
  std::uint64_t boots_ = 0;  // files and locks of an earlier boot are dead
  std::uint64_t operations_ = 0;
  std::uint64_t failing_ = ~std::uint64_t{0};
  std::uint64_t capacity_ = ~std::uint64_t{0};
};

}  // namespace millrace::testing
