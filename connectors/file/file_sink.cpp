#include "connectors/file/file_sink.hpp"

#include "engine/base/codec.hpp"
#include "engine/operator/registry.hpp"

#include <tuple>

namespace millrace {
namespace {

constexpr std::size_t kBufferMax = 64 << 10;

class FileSink final : public Sink {
 public:
  FileSink(Files& files, FileSinkOptions options) : files_(files), options_(std::move(options)) {}
  ~FileSink() override {
    // The end of a run without checkpoint; an error here has nobody left to tell.
    if (file_) static_cast<void>(flush());
  }

  Status open(const Catalog& catalog, std::string_view state) override {
    catalog_ = &catalog;
    ByteReader from(state);
    size_ = state.empty() ? 0 : from.varint();
    if (!state.empty() && !from.done())
      return Error{"the checkpoint's state of " + options_.path + " is damaged"};
    auto opened = files_.open(options_.path, OpenMode::kAppend);
    if (!opened) opened = files_.open(options_.path, OpenMode::kCreate);
    if (!opened) return opened.error();
    file_ = *std::move(opened);
    const Result<std::uint64_t> on_disk = file_->size();
    if (!on_disk) return on_disk.error();
    if (*on_disk < size_)
      return Error{options_.path +
                   " is shorter than the checkpoint knows it: somebody changed it; restore it, or "
                   "remove the data directory and start over"};
    // Nothing to cut off; also of what is no regular file, such as /dev/null.
    return *on_disk == size_ ? Status() : file_->truncate(size_);
  }

  Status write(std::span<const OutputRecord> outputs) override {
    if (!options_.outputs) return {};
    for (const OutputRecord& output : outputs) {
      JsonWriter json(buffer_);
      write_output(output, *catalog_, json);
      buffer_.push_back('\n');
    }
    return buffer_.size() < kBufferMax ? Status() : flush();
  }

  Status reject(std::span<const Reject> rejects) override {
    if (!options_.rejects) return {};
    for (const Reject& reject : rejects) {
      JsonWriter json(buffer_);
      write_reject(reject, json);
      buffer_.push_back('\n');
    }
    return buffer_.size() < kBufferMax ? Status() : flush();
  }

  Result<std::string> commit() override {
    if (Status flushed = flush(); !flushed) return flushed.error();
    if (Status synced = file_->sync(); !synced) return synced.error();
    std::string state;
    ByteWriter(state).varint(size_);
    return state;
  }

 private:
  Status flush() {
    if (Status written = file_->append(buffer_); !written) return written;
    size_ += buffer_.size();
    buffer_.clear();
    return {};
  }

  Files& files_;
  FileSinkOptions options_;
  const Catalog* catalog_ = nullptr;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;  // of what is in the file
  std::string buffer_;
};

struct FileSinkConfig {
  std::string path;
  bool outputs = true;
  bool rejects = true;

  static constexpr auto fields() {
    using config::field;
    using C = FileSinkConfig;
    return std::tuple{
        field("path",
              &C::path,
              "The file, which is made if there is none.",
              {.required = true, .min_length = 1}),
        field(
            "outputs", &C::outputs, "Whether segments entered and left, and effects, are written."),
        field("rejects", &C::rejects, "Whether rejected rows are written."),
    };
  }
};

// The sink as a topology names it: on the files of the operating system.
class ConfiguredFileSink final : public Sink {
 public:
  using Config = FileSinkConfig;
  static constexpr std::string_view kName = "file";
  static constexpr std::string_view kSummary =
      "Writes outputs and rejected rows to a file, one JSON object a line.";

  explicit ConfiguredFileSink(Config config)
      : sink_(files_, {std::move(config.path), config.outputs, config.rejects}) {}

  Status open(const Catalog& catalog, std::string_view state) override {
    return sink_.open(catalog, state);
  }
  Status write(std::span<const OutputRecord> outputs) override { return sink_.write(outputs); }
  Status reject(std::span<const Reject> rejects) override { return sink_.reject(rejects); }
  Result<std::string> commit() override { return sink_.commit(); }

 private:
  SystemFiles files_;
  FileSink sink_;
};

}  // namespace

std::unique_ptr<Sink> make_file_sink(Files& files, FileSinkOptions options) {
  return std::make_unique<FileSink>(files, std::move(options));
}

void add_file(Registry& registry) { registry.add<ConfiguredFileSink>(); }

}  // namespace millrace
