// How fast the journal takes and gives events of 850 bytes, on the disk of the temporary folder.
#include "engine/base/random.hpp"
#include "engine/journal/journal.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

constexpr std::size_t kPayloadBytes = 850;

// Tracking events as an SDK sends them: much that repeats, and ids that don't.
std::vector<std::string> make_payloads(std::size_t count) {
  Random random(1);
  std::vector<std::string> payloads;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = fmt::format(
        R"({{"type":"track","event":"Product Viewed","messageId":"ajs-{:016x}{:016x}",)"
        R"("anonymousId":"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}","userId":"u{}",)"
        R"("timestamp":"2026-11-21T20:54:{:02}.{:03}Z","properties":{{"product_id":"sku-{}",)"
        R"("price":{}.{:02},"currency":"EUR","category":"shoes","position":{}}},)"
        R"("context":{{"library":{{"name":"analytics.js","version":"2.1.0"}},"page":{{)"
        R"("path":"/product/{}","referrer":"https://www.example.com/","title":"Shop",)"
        R"("url":"https://shop.example.com/product/{}"}},"locale":"de-DE","userAgent":)"
        R"("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"}})",
        random.next(),
        random.next(),
        random.below(1ULL << 32),
        random.below(65536),
        random.below(4096),
        random.below(4096),
        random.below(1ULL << 48),
        random.below(100'000),
        random.below(60),
        random.below(1000),
        random.below(10'000),
        random.below(300),
        random.below(100),
        random.below(50),
        random.below(10'000),
        random.below(10'000));
    text += R"(,"integrations":{"All":true},"padding":")";
    text.resize(kPayloadBytes - 2, '.');
    payloads.push_back(text + "\"}");
  }
  return payloads;
}

const std::vector<std::string>& payloads() {
  static const std::vector<std::string> kMade = make_payloads(20'000);
  return kMade;
}

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "millrace_bench_XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string journal() const { return path_ + "/journal"; }

 private:
  std::string path_;
};

std::unique_ptr<Journal> open(Files& files, const Folder& folder, const JournalConfig& config) {
  return std::move(Journal::open(files, folder.journal(), config)).value();
}

// `count` records, `per_commit` at a time. False when the disk fails.
bool fill(Journal& journal, std::size_t count, std::size_t per_commit) {
  std::vector<NewRecord> records(per_commit);
  Position next = journal.end();
  for (std::size_t done = 0; done < count; done += per_commit) {
    for (NewRecord& record : records) {
      record = {RecordKind::kHit, from_millis(static_cast<std::int64_t>(next)), {}};
      record.payload = payloads()[next++ % payloads().size()];
    }
    if (!journal.append(records).ok() || !journal.commit().ok()) return false;
  }
  return true;
}

void count_records(benchmark::State& state, std::size_t per_iteration) {
  const auto records = state.iterations() * static_cast<std::int64_t>(per_iteration);
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(records * static_cast<std::int64_t>(kPayloadBytes));
}

// Arguments: Ack, Codec, records in a commit.
void append_and_commit(benchmark::State& state) {
  const Folder folder;
  SystemFiles files;
  JournalConfig config;
  config.ack = static_cast<Ack>(state.range(0));
  config.codec = static_cast<Codec>(state.range(1));
  config.retain = config::mebibytes(256);
  const auto journal = open(files, folder, config);
  const auto per_commit = static_cast<std::size_t>(state.range(2));
  for (auto _ : state) {
    if (!fill(*journal, per_commit, per_commit)) return state.SkipWithError("the disk failed");
    journal->release(journal->end());
  }
  count_records(state, per_commit);
  const JournalStats stats = journal->stats();
  if (stats.removed == 0)
    state.counters["ratio"] =
        static_cast<double>(stats.raw_bytes) / static_cast<double>(stats.bytes);
}
BENCHMARK(append_and_commit)
    ->ArgNames({"ack", "codec", "commit"})
    ->ArgsProduct({{0}, {1}, {1, 16, 256}})
    ->ArgsProduct({{1}, {0, 1, 2}, {256}})
    ->ArgsProduct({{2}, {1}, {256}})
    ->UseRealTime();

void read_all(benchmark::State& state, const JournalConfig& config) {
  constexpr std::size_t kRecords = 100'000;
  const Folder folder;
  SystemFiles files;
  const auto journal = open(files, folder, config);
  if (!fill(*journal, kRecords, 500)) return state.SkipWithError("the disk failed");
  RecordBatch batch;
  for (auto _ : state) {
    JournalReader reader = journal->reader(0);
    std::size_t records = 0;
    std::uint64_t sum = 0;
    do {
      if (!reader.next(batch).ok()) return state.SkipWithError("the disk failed");
      for (const Record& record : batch.records) sum += record.payload.back();
      records += batch.records.size();
    } while (!batch.empty());
    benchmark::DoNotOptimize(sum);
    if (records != kRecords) return state.SkipWithError("records are missing");
  }
  count_records(state, kRecords);
}

// Arguments: Codec, KiB in a group.
void read_from_disk(benchmark::State& state) {
  JournalConfig config;
  config.ack = Ack::kWritten;
  config.memory = {};
  config.codec = static_cast<Codec>(state.range(0));
  config.group = config::kibibytes(static_cast<std::uint64_t>(state.range(1)));
  read_all(state, config);
}
BENCHMARK(read_from_disk)
    ->ArgNames({"codec", "group"})
    ->ArgsProduct({{0, 1, 2}, {64, 128, 256}})
    ->Unit(benchmark::kMillisecond);

void read_from_memory(benchmark::State& state) {
  JournalConfig config;
  config.ack = Ack::kWritten;
  config.memory = config::mebibytes(256);
  read_all(state, config);
}
BENCHMARK(read_from_memory)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace
