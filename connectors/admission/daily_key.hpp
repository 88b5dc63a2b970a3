// The key by which visitors without cookie and id are known for a day (UTC): an id is a keyed hash
// of what their requests show. The key of a day is made from that of the day before by a step that
// nobody can take back, and takes its place in memory and on disk. So ids of two days cannot be
// joined afterwards, not even by who has the disk, while a process that starts again, or another
// one that was given a copy of the file, makes the same ids on the same day.
//
// Any thread. Once a day a call writes a small file.
#pragma once

#include "connectors/admission/secret.hpp"
#include "engine/base/file.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::admission {

class DailyKey {
 public:
  // Random, and for this process alone.
  DailyKey();

  // Goes on with the key in the file, or keeps its own there. `files` outlives it. Before the first
  // hash().
  Status keep_in(Files& files, std::string path);

  // 32 lower-case hex digits, of all parts and their order, by the key of that day. A clock that
  // goes back by less than a day uses the key that there is.
  std::string hash(Time now, std::initializer_list<std::string_view> parts);

 private:
  void move_to(std::int64_t day);
  void take(const SecretHash& key, std::int64_t day);
  Status save();

  std::mutex mutex_;
  SecretHash key_;
  KeyedHash hash_;
  std::int64_t day_ = kNone;  // since 1970, of the key
  Files* files_ = nullptr;    // null: not on disk
  std::string path_;
  bool saved_ = false;
  Time save_at_{};  // not before, after a failure

  static constexpr std::int64_t kNone = -1;
};

}  // namespace millrace::admission
