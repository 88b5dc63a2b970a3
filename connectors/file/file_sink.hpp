// Writes outputs and rejects to a file, one JSON object a line. Lines that a checkpoint does not
// cover are cut off and written again after a restart, so that each is in the file exactly once.
#pragma once

#include "engine/base/file.hpp"
#include "engine/operator/sink.hpp"

#include <memory>
#include <string>

namespace millrace {

struct FileSinkOptions {
  std::string path;
  bool outputs = true;
  bool rejects = true;
};

// `files` outlives the sink.
std::unique_ptr<Sink> make_file_sink(Files& files, FileSinkOptions options);

class Registry;

// The sink as a topology names it: `file`.
void add_file(Registry& registry);

}  // namespace millrace
