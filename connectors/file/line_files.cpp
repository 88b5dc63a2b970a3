#include "connectors/file/line_files.hpp"

#include "engine/base/codec.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

constexpr std::size_t kBufferMax = 64 << 10;
// A frame of its own for each: the more in it, the smaller.
constexpr std::size_t kFrameMax = 1 << 20;
constexpr std::size_t kDigits = 8;

// "dir/out.ndjson" -> "dir/out" and ".ndjson".
std::size_t extension_at(std::string_view path) {
  const std::size_t name = path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1;
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos || dot <= name ? path.size() : dot;
}

}  // namespace

LineFiles::LineFiles(Files& files, LineFilesOptions options)
    : files_(files), options_(std::move(options)) {}

LineFiles::~LineFiles() {
  // The end of a run without checkpoint; an error here has nobody left to tell.
  if (file_) static_cast<void>(flush());
}

std::string LineFiles::path_of(std::uint64_t number) const {
  if (number == 0) return options_.path;
  const std::size_t dot = extension_at(options_.path);
  return fmt::format("{}.{:0{}}{}{}",
                     options_.path.substr(0, dot),
                     number,
                     kDigits,
                     options_.path.substr(dot),
                     options_.zstd > 0 ? ".zst" : "");
}

Status LineFiles::open(std::string_view state) {
  const bool rotates = options_.rotates();
  place_.number = rotates ? 1 : 0;
  if (!state.empty()) {
    ByteReader from(state);
    place_.size = place_.raw = from.varint();
    bool rotated = false;
    bool compressed = false;
    if (from.left() > 0) {
      place_.raw = from.varint();
      place_.period = from.zigzag();
      compressed = from.varint() != 0;
      place_.number = from.varint();
      rotated = place_.number > 0;
    }
    if (!from.done()) return Error{"the checkpoint's state of " + options_.path + " is damaged"};
    if (rotated != rotates || compressed != (options_.zstd > 0))
      return Error{options_.path +
                   " was written with other `rotate` or `zstd`: give the lines from now on another "
                   "path, or set these back"};
  }
  durable_number_ = place_.number;
  if (rotates)
    if (Status removed = remove_files(place_.number + 1); !removed) return removed;
  return open_file();
}

template <class Visit>
Status LineFiles::for_each_number(Visit visit) {
  const std::string directory = parent_directory(options_.path);
  const auto names = files_.list(directory);
  if (!names) return names.error();
  // Whatever is between the beginning and the end of the first one's name.
  const std::string example = path_of(1);
  const std::string first = example.substr(example.rfind('/') + 1);
  const std::size_t from = extension_at(options_.path) - (options_.path.rfind('/') + 1) + 1;
  for (const std::string& name : *names) {
    if (name.size() != first.size() || name.compare(0, from, first, 0, from) != 0 ||
        name.compare(from + kDigits, std::string::npos, first, from + kDigits) != 0)
      continue;
    std::uint64_t number = 0;
    const char* digits = name.data() + from;
    const auto [end, error] = std::from_chars(digits, digits + kDigits, number);
    if (error != std::errc() || end != digits + kDigits) continue;
    if (Status visited = visit(number); !visited) return visited;
  }
  return {};
}

// Those from there on, which no checkpoint covers.
Status LineFiles::remove_files(std::uint64_t first) {
  return for_each_number([&](std::uint64_t number) {
    return number < first ? Status() : files_.remove(path_of(number));
  });
}

Status LineFiles::open_file() {
  const std::string path = path_of(place_.number);
  auto opened = files_.open(path, OpenMode::kAppend);
  if (!opened) {
    opened = files_.open(path, OpenMode::kCreate);
    unsynced_name_ = true;
  }
  if (!opened) return opened.error();
  file_ = *std::move(opened);
  const Result<std::uint64_t> on_disk = file_->size();
  if (!on_disk) return on_disk.error();
  if (*on_disk < place_.size)
    return Error{path +
                 " is shorter than the checkpoint knows it: somebody changed it; restore it, or "
                 "remove the data directory and start over"};
  // Nothing to cut off; also of what is no regular file, such as /dev/null.
  return *on_disk == place_.size ? Status() : file_->truncate(place_.size);
}

Status LineFiles::append(std::string_view line, std::optional<Time> time) {
  const std::int64_t every = options_.rotate_every.count();
  const std::int64_t period = every > 0 && time ? to_millis(*time) / every : place_.period;
  const bool full = options_.rotate_bytes > 0 && place_.raw + line.size() > options_.rotate_bytes;
  if (place_.raw > 0 && (full || period != place_.period))
    if (Status rotated = rotate(); !rotated) return rotated;
  if (place_.raw == 0) place_.period = period;
  place_.raw += line.size();
  buffer_ += line;
  return buffer_.size() < (options_.zstd > 0 ? kFrameMax : kBufferMax) ? Status() : flush();
}

Status LineFiles::flush() {
  if (buffer_.empty()) return {};
  std::string_view bytes = buffer_;
  if (options_.zstd > 0) {
    packed_.resize(ZSTD_compressBound(buffer_.size()));
    const std::size_t size = ZSTD_compress(
        packed_.data(), packed_.size(), buffer_.data(), buffer_.size(), options_.zstd);
    if (ZSTD_isError(size) != 0) return Error{"zstd cannot compress: out of memory"};
    bytes = std::string_view(packed_).substr(0, size);
  }
  if (Status written = file_->append(bytes); !written) return written;
  place_.size += bytes.size();
  buffer_.clear();
  return {};
}

Status LineFiles::sync() {
  if (Status flushed = flush(); !flushed) return flushed;
  if (Status synced = file_->sync(); !synced) return synced;
  if (!unsynced_name_) return {};
  unsynced_name_ = false;
  return files_.sync_directory(parent_directory(options_.path));
}

Status LineFiles::rotate() {
  if (Status synced = sync(); !synced) return synced;
  place_ = {place_.number + 1, 0, 0, 0};
  return open_file();
}

Result<std::string> LineFiles::commit() {
  if (Status synced = sync(); !synced) return synced.error();
  if (Status removed = remove_old(); !removed) return removed.error();
  durable_number_ = place_.number;
  std::string state;
  ByteWriter to(state);
  to.varint(place_.size);
  if (options_.rotates() || options_.zstd > 0) {
    to.varint(place_.raw);
    to.zigzag(place_.period);
    to.varint(options_.zstd > 0 ? 1 : 0);
    to.varint(place_.number);
  }
  return state;
}

// By the commit before this one: this one's checkpoint may never become durable, and then the file
// of that one is gone on with.
Status LineFiles::remove_old() {
  if (options_.keep == 0 || durable_number_ < oldest_ + options_.keep) return {};
  const std::uint64_t last = durable_number_ - options_.keep;
  oldest_ = last + 1;
  return for_each_number([&](std::uint64_t number) {
    return number > last ? Status() : files_.remove(path_of(number));
  });
}

}  // namespace millrace
