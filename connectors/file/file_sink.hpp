// Writes outputs and rejects to a file, one JSON object a line. Lines that a checkpoint does not
// cover are cut off and written again after a restart, so that each is in the file exactly once,
// also where files are rotated and compressed.
#pragma once

#include "connectors/file/line_files.hpp"
#include "engine/base/file.hpp"
#include "engine/operator/sink.hpp"

#include <memory>
#include <string>

namespace millrace {

struct FileSinkOptions {
  std::string path;
  bool outputs = true;
  bool rejects = true;
  std::uint64_t rotate_bytes = 0;  // as LineFilesOptions, like what follows
  Duration rotate_every{};
  std::uint32_t keep = 0;
  int zstd = 0;

  LineFilesOptions lines() const { return {path, rotate_bytes, rotate_every, keep, zstd}; }
};

// `files` outlives the sink.
std::unique_ptr<Sink> make_file_sink(Files& files, FileSinkOptions options);

class Registry;

// The sink as a topology names it: `file`.
void add_file(Registry& registry);

}  // namespace millrace
