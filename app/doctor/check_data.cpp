#include "app/doctor/checkup.hpp"
#include "engine/config/quantity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace millrace::doctor {
namespace {

// linux/magic.h
constexpr long kTmpfs = 0x01021994;
constexpr long kRamfs = 0x858458f6;
constexpr long kNfs = 0x6969;

constexpr std::size_t kGroup = std::size_t{16} << 10;  // of hits, as a busy journal writes them
constexpr std::size_t kSyncs = 15;

// The closest directory above `path` that is there.
std::string existing(std::string path) {
  struct stat found {};
  while (::stat(path.c_str(), &found) != 0) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    path.resize(std::max<std::size_t>(slash, 1));
    if (path == "/") break;
  }
  return path;
}

Finding check_kind(const std::string& directory, Ack ack) {
  struct statfs found {};
  if (::statfs(directory.c_str(), &found) != 0)
    return {Verdict::kWarn, "data", "its file system does not tell its kind", "look at `df`"};
  if (found.f_type == kTmpfs || found.f_type == kRamfs)
    return {ack == Ack::kSynced ? Verdict::kFail : Verdict::kWarn,
            "data",
            fmt::format("{} is in memory: a restart of the machine loses it", directory),
            "take a directory on a disk, or say `journal: {ack: memory}`"};
  if (found.f_type == kNfs)
    return {Verdict::kWarn,
            "data",
            fmt::format("{} is on a network file system", directory),
            "take a local disk: locks and syncs over a network are not to be relied on"};
  return {Verdict::kOk, "data", fmt::format("{} may be written", directory), ""};
}

// Milliseconds of each sync, sorted; empty if one failed.
std::vector<double> time_syncs(int file) {
  const std::string bytes(kGroup, 'x');
  std::vector<double> millis;
  for (std::size_t i = 0; i < kSyncs; ++i) {
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return {};
    const auto begin = std::chrono::steady_clock::now();
    if (::fdatasync(file) != 0) return {};
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    millis.push_back(took.count());
  }
  std::sort(millis.begin(), millis.end());
  return millis;
}

Finding judge_syncs(const std::vector<double>& millis, Ack ack) {
  if (millis.empty())
    return {Verdict::kFail, "sync", "writing and syncing failed", "is the disk full or faulty?"};
  const double middle = millis[millis.size() / 2];
  const std::string what = fmt::format(
      "16 KiB are on disk in {:.2f} ms (slowest of {}: {:.2f})", middle, kSyncs, millis.back());
  if (ack == Ack::kSynced && middle > 20)
    return {Verdict::kWarn,
            "sync",
            what,
            "every answer waits for it: take a faster disk, or say `journal: {ack: written}`"};
  if (ack == Ack::kSynced && middle < 0.005)
    return {Verdict::kWarn, "sync", what, "so fast that nothing is synced: is it a real disk?"};
  return {Verdict::kOk, "sync", what, ""};
}

Finding check_room(const std::string& directory, const JournalConfig& journal) {
  struct statvfs found {};
  if (::statvfs(directory.c_str(), &found) != 0)
    return {Verdict::kWarn, "room", "the file system does not tell", "look at `df`"};
  const config::Size left{static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize};
  const std::string what = fmt::format("{} GiB are free", left.bytes >> 30);
  if (left < config::gibibytes(1))
    return {Verdict::kFail, "room", what, "make room: a full disk answers 503"};
  if (journal.retain.bytes > 0 && left < journal.retain)
    return {Verdict::kWarn,
            "room",
            what,
            fmt::format("the journal may keep {}: lower `journal: {{retain: …}}`, or make room",
                        config::format_size(journal.retain))};
  return {Verdict::kOk, "room", what, ""};
}

}  // namespace

Findings check_data(const std::string& directory, const JournalConfig& journal) {
  const std::string there = existing(directory);
  const std::string probe = fmt::format("{}/.millrace-doctor-{}", there, ::getpid());
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return {{Verdict::kFail,
             "data",
             fmt::format("{} cannot be written: {}", there, std::generic_category().message(errno)),
             "give it to the user that runs the server, or take another with --data"}};
  Findings findings{check_kind(there, journal.ack)};
  findings.push_back(judge_syncs(time_syncs(file), journal.ack));
  ::close(file);
  ::unlink(probe.c_str());
  findings.push_back(check_room(there, journal));
  return findings;
}

}  // namespace millrace::doctor
