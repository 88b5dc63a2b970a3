// Lines in a file, or in a series of files: `out.ndjson`, or `out.00000001.ndjson` and so on, by
// size and by time, compressed or not. Where a file ends follows from the lines alone, so that a
// replay ends files at the same lines; the place that commit() reports is cut back to, so that each
// line is there exactly once. One thread.
#pragma once

#include "engine/base/file.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct LineFilesOptions {
  std::string path;
  std::uint64_t rotate_bytes = 0;  // of lines, in a file; 0: any number
  Duration rotate_every{};         // of the lines' own time, from midnight 1970; 0: for ever
  std::uint32_t keep = 0;          // files; 0: all
  int zstd = 0;                    // level; 0: not compressed

  bool rotates() const { return rotate_bytes > 0 || rotate_every > Duration(0); }
};

class LineFiles {
 public:
  // `files` outlives this.
  LineFiles(Files& files, LineFilesOptions options);
  ~LineFiles();

  // Once, before the first line. `state` is what commit() said; empty: from the beginning.
  Status open(std::string_view state);
  // A line with its line feed, and when it is from; without a time it goes with the one before.
  Status append(std::string_view line, std::optional<Time> time);
  // Makes the lines durable and says how far that is.
  Result<std::string> commit();

  // The n-th file, from 1.
  std::string path_of(std::uint64_t number) const;

 private:
  // Up to where everything is on disk, or in the buffer.
  struct Place {
    std::uint64_t number = 0;  // of the file; 0 if there is only one
    std::uint64_t size = 0;    // of the file, on disk
    std::uint64_t raw = 0;     // bytes of lines in it, the buffer's included
    std::int64_t period = 0;   // of its first line
  };

  Status open_file();
  Status remove_files(std::uint64_t first);
  Status flush();
  Status sync();
  Status rotate();
  Status remove_old();
  template <class Visit>
  Status for_each_number(Visit visit);

  Files& files_;
  const LineFilesOptions options_;
  Place place_;
  std::uint64_t durable_number_ = 0;  // of the checkpoint before the newest commit
  std::uint64_t oldest_ = 1;          // number that may still be there
  std::unique_ptr<File> file_;
  bool unsynced_name_ = false;
  std::string buffer_;
  std::string packed_;
};

}  // namespace millrace
