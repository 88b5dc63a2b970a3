// Where a subcommand's data goes: standard output or a file, buffered. Used by one thread.
#pragma once

#include "engine/base/result.hpp"

#include <string>
#include <string_view>

namespace millrace {

class DataStream {
 public:
  // A file to create or empty; `-` is standard output. What exists and is no regular file (a pipe,
  // a device) is written to as it is.
  static Result<DataStream> open(const std::string& path);
  // Writes to a descriptor that someone else closes.
  static DataStream to_descriptor(int descriptor) {
    return DataStream(descriptor, false, "standard output");
  }

  DataStream(DataStream&& other) noexcept;
  DataStream& operator=(DataStream&&) = delete;
  ~DataStream();  // flushes, but cannot say whether that worked: call flush() first

  // The error of a failed write stays: later writes return it again and write nothing.
  Status write(std::string_view bytes);
  Status flush();

  // The reader of the pipe went away (`| head`): not worth a message, and no failure.
  bool reader_is_gone() const { return reader_is_gone_; }

 private:
  DataStream(int descriptor, bool owned, std::string name);

  int descriptor_;
  bool owned_;
  bool reader_is_gone_ = false;
  std::string name_;
  std::string buffer_;
  Status failure_;
};

// All of a file, or of standard input if `path` is `-`; an error if it is larger than `limit`
// bytes.
Result<std::string> read_input(const std::string& path, std::size_t limit);

}  // namespace millrace
