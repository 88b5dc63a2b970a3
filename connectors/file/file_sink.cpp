#include "connectors/file/file_sink.hpp"

#include "connectors/file/line_files.hpp"
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"

#include <tuple>

namespace millrace {
namespace {

class FileSink final : public Sink {
 public:
  FileSink(Files& files, FileSinkOptions options)
      : options_(std::move(options)), lines_(files, options_.lines()) {}

  Status open(const Catalog& catalog, std::string_view state) override {
    catalog_ = &catalog;
    return lines_.open(state);
  }

  Status write(std::span<const OutputRecord> outputs) override {
    if (!options_.outputs) return {};
    for (const OutputRecord& output : outputs) {
      line_.clear();
      JsonWriter json(line_);
      write_output(output, *catalog_, json);
      line_.push_back('\n');
      if (Status appended = lines_.append(line_, output.time); !appended) return appended;
    }
    return {};
  }

  Status reject(std::span<const Reject> rejects) override {
    if (!options_.rejects) return {};
    for (const Reject& reject : rejects) {
      line_.clear();
      JsonWriter json(line_);
      write_reject(reject, json);
      line_.push_back('\n');
      if (Status appended = lines_.append(line_, std::nullopt); !appended) return appended;
    }
    return {};
  }

  Result<std::string> commit() override { return lines_.commit(); }

 private:
  const FileSinkOptions options_;
  const Catalog* catalog_ = nullptr;
  LineFiles lines_;
  std::string line_;
};

struct RotateConfig {
  config::Size size{};
  Duration every{};
  std::uint32_t keep = 0;

  static constexpr auto fields() {
    using config::field;
    using C = RotateConfig;
    return std::tuple{
        field("size", &C::size, "Of lines in a file, before they are compressed; 0: any."),
        field("every",
              &C::every,
              "How much time of the journal, from midnight UTC on, goes into a file; rejected rows "
              "go with the outputs before them. 0s: all.",
              {.max = std::chrono::hours(24 * 366)}),
        field("keep", &C::keep, "Files that are kept, about; 0: all."),
    };
  }
};

struct FileSinkConfig {
  std::string path;
  bool outputs = true;
  bool rejects = true;
  RotateConfig rotate;
  int zstd = 0;

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
        field("rotate",
              &C::rotate,
              "When a new file begins: then files have numbers, `out.00000001.ndjson`, and the "
              "last one is being written."),
        field("zstd",
              &C::zstd,
              "Level of compression; 0 for none. `zstd -dc` shows such a file.",
              {.min = 0, .max = 19}),
    };
  }
  void check(config::Checker& checker) const {
    if (rotate.keep > 0 && rotate.size.bytes == 0 && rotate.every == Duration(0))
      checker.problem("rotate.keep", "there is one file only", "set rotate.size or rotate.every");
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
      : sink_(files_,
              {std::move(config.path),
               config.outputs,
               config.rejects,
               config.rotate.size.bytes,
               config.rotate.every,
               config.rotate.keep,
               config.zstd}) {}

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
