// The whole of topologies/shop.yaml on simulated shoppers, beside its limits, in one run:
//
//   limit      simdjson On-Demand reading the fields that the topology uses, and nothing else
//   parse      the parallel stage: journal records -> checked events
//   whole      everything on one thread, in memory: parse to segments
//   two lanes  the same on a oneTBB graph with two threads, against one
//   journal    the same, read back from a journal on disk
//   memory     what an idle profile keeps
//
// Every figure is the best of several rounds, which alternate, so that noise of the machine hits
// all alike.
#include "app/simulate/generator.hpp"
#include "bench/pipeline/field_limit.hpp"
#include "bench/pipeline/summary.hpp"
#include "connectors/builtin.hpp"
#include "engine/base/file.hpp"
#include "engine/engine.hpp"
#include "engine/event/hit.hpp"
#include "engine/runtime/feeds.hpp"
#include "engine/runtime/parse_stage.hpp"
#include "engine/runtime/pipeline.hpp"
#include "operators/builtin.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

namespace millrace {
namespace {

struct BenchOptions {
  std::uint64_t events = 300'000;
  std::uint32_t shoppers = 30'000;
  int rounds = 15;
  std::string topology = "topologies/shop.yaml";
  std::string out = "build/bench/summary.json";
};

// Simulated lines as journal records in memory.
struct Corpus {
  std::vector<Record> records;
  std::vector<std::shared_ptr<const void>> bytes;
  std::vector<std::string_view> bodies;
  std::uint64_t body_bytes = 0;
};

Corpus make_corpus(const BenchOptions& options) {
  simulate::Generator generator({.shoppers = options.shoppers, .seed = 1});
  std::uint64_t made = 0;
  std::string rest;
  NdjsonFeed feed(
      [&](char* into, std::size_t size) -> Result<std::size_t> {
        while (rest.size() < size && made < options.events) {
          const auto line = generator.next();
          if (!line) break;
          rest += line->bytes;
          rest += '\n';
          ++made;
        }
        const std::size_t part = std::min(size, rest.size());
        rest.copy(into, part);
        rest.erase(0, part);
        return part;
      },
      EventClock(std::chrono::seconds(1), std::chrono::hours(24)));  // as shop.yaml has them
  Corpus corpus;
  FeedBatch batch;
  while (true) {
    CHECK(feed.next(batch, 256).ok());
    if (batch.records.empty()) break;
    for (const Record& record : batch.records) {
      Hit hit;
      if (record.kind == RecordKind::kHit && decode_hit(record.payload, record.time, hit)) {
        corpus.bodies.push_back(hit.body);
        corpus.body_bytes += hit.body.size();
      }
    }
    corpus.records.insert(corpus.records.end(), batch.records.begin(), batch.records.end());
    corpus.bytes.insert(corpus.bytes.end(), batch.bytes.begin(), batch.bytes.end());
  }
  return corpus;
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Bench {
 public:
  Bench(const BenchOptions& options, std::string text, const Corpus& corpus)
      : options_(options), text_(std::move(text)), corpus_(corpus) {
    add_builtin_operators(registry_);
    add_builtin_connectors(registry_);
  }

  std::unique_ptr<Engine> load(ExecutorKind executor, std::uint32_t lanes, std::uint32_t threads) {
    EngineOptions options;
    options.executor = executor;
    options.lanes = lanes;
    options.threads = threads;
    config::Problems problems;
    auto engine = Engine::load(text_, options_.topology, registry_, std::move(options), problems);
    if (!engine) {
      std::fputs((engine.error().what + "\n" + config::render_all(problems, text_)).c_str(),
                 stderr);
      std::exit(78);
    }
    return *std::move(engine);
  }

  double limit() {
    const auto engine = load(ExecutorKind::kStep, 1, 1);
    FieldLimit limit(engine->plan().catalog.projection);
    return seconds_of([&] {
      for (const std::string_view body : corpus_.bodies) limit.read(body);
    });
  }

  double parse() {
    const auto engine = load(ExecutorKind::kStep, 1, 1);
    Plan& plan = const_cast<Plan&>(engine->plan());
    ParseStage stage(plan);
    Work work(1);
    return seconds_of([&] {
      for (std::size_t at = 0; at < corpus_.records.size(); at += 256) {
        work.clear();
        const std::size_t end = std::min(corpus_.records.size(), at + 256);
        work.feed.records.assign(corpus_.records.begin() + static_cast<std::ptrdiff_t>(at),
                                 corpus_.records.begin() + static_cast<std::ptrdiff_t>(end));
        stage.parse(work);
      }
    });
  }

  double whole(ExecutorKind executor, std::uint32_t lanes, std::uint32_t threads) {
    const auto engine = load(executor, lanes, threads);
    MemoryFeed feed(corpus_.records);
    const double seconds = seconds_of([&] { CHECK(engine->run(feed).ok()); });
    CHECK(engine->totals().account.events == corpus_.bodies.size());
    bytes_per_profile_ = static_cast<double>(engine->pipeline().memory_bytes()) /
                         static_cast<double>(engine->profiles());
    profiles_ = static_cast<double>(engine->profiles());
    return seconds;
  }

  double journal(const std::string& directory) {
    SystemFiles files;
    auto journal = Journal::open(files, directory, {});
    CHECK(journal.ok());
    const auto engine = load(ExecutorKind::kStep, 1, 1);
    JournalFeed feed(**journal, 0);
    return seconds_of([&] { CHECK(engine->run(feed).ok()); });
  }

  void write_journal(const std::string& directory) {
    SystemFiles files;
    JournalConfig config;
    config.ack = Ack::kWritten;
    auto journal = Journal::open(files, directory, config);
    CHECK(journal.ok());
    for (std::size_t i = 0; i < corpus_.records.size(); ++i) {
      const Record& record = corpus_.records[i];
      CHECK((*journal)->append({record.kind, record.time, record.payload}).ok());
      if (i % 256 == 255) CHECK((*journal)->commit().ok());
    }
    CHECK((*journal)->commit().ok() && (*journal)->sync().ok());
  }

  double bytes_per_profile() const { return bytes_per_profile_; }
  double profiles() const { return profiles_; }

 private:
  const BenchOptions& options_;
  std::string text_;
  const Corpus& corpus_;
  Registry registry_;
  double bytes_per_profile_ = 0;
  double profiles_ = 0;
};

// Everything has happened, a month passes: what is left is what a profile costs that does nothing.
double idle_bytes(Bench& bench, const Corpus& corpus) {
  const auto engine = bench.load(ExecutorKind::kStep, 1, 1);
  MemoryFeed feed(corpus.records);
  CHECK(engine->run(feed).ok());
  engine->push_tick(corpus.records.back().time + std::chrono::hours(24 * 45));
  CHECK(engine->drain().ok());
  return static_cast<double>(engine->pipeline().memory_bytes()) /
         static_cast<double>(engine->profiles());
}

int run(const BenchOptions& options) {
  SystemFiles files;
  auto text = read_file(files, options.topology, 1 << 20);
  if (!text) {
    std::fprintf(stderr, "millrace_bench: %s\n", text.error().what.c_str());
    return 74;
  }
  std::fprintf(stderr,
               "simulating %llu events of %u shoppers\n",
               static_cast<unsigned long long>(options.events),
               options.shoppers);
  const Corpus corpus = make_corpus(options);
  const auto events = static_cast<double>(corpus.bodies.size());
  Bench bench(options, *text, corpus);
  const std::string directory = fmt::format("build/bench/journal-{}", ::getpid());
  bench.write_journal(directory);

  double limit = 1e9;
  double parse = 1e9;
  double whole = 1e9;
  double one = 1e9;
  double two = 1e9;
  double journal = 1e9;
  for (int round = 0; round < options.rounds; ++round) {
    limit = std::min(limit, bench.limit());
    parse = std::min(parse, bench.parse());
    whole = std::min(whole, bench.whole(ExecutorKind::kStep, 1, 1));
    journal = std::min(journal, bench.journal(directory));
    one = std::min(one, bench.whole(ExecutorKind::kTbb, 1, 1));
    two = std::min(two, bench.whole(ExecutorKind::kTbb, 2, 2));
    std::fprintf(stderr, "round %d of %d\n", round + 1, options.rounds);
  }
  Summary summary(fmt::format("make bench  (events {}, shoppers {}, rounds {})",
                              options.events,
                              options.shoppers,
                              options.rounds));
  summary.add("event size", static_cast<double>(corpus.body_bytes) / events, "bytes");
  summary.add("profiles", bench.profiles(), "profiles");
  summary.add("simdjson, projected fields only", events / limit, "events/s");
  summary.add("parse", events / parse, "events/s", "simdjson, projected fields only");
  summary.add("shop.yaml in memory, one thread",
              events / whole,
              "events/s",
              "simdjson, projected fields only");
  summary.add("shop.yaml from journal on disk",
              events / journal,
              "events/s",
              "shop.yaml in memory, one thread");
  summary.add("shop.yaml, one lane, one core", events / one, "events/s");
  summary.add(
      "shop.yaml, two lanes, two cores", events / two, "events/s", "shop.yaml, one lane, one core");
  summary.add("memory of a profile", bench.bytes_per_profile(), "bytes");
  summary.add("memory of an idle profile", idle_bytes(bench, corpus), "bytes");
  std::fputs(summary.table().c_str(), stdout);
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(std::filesystem::path(options.out).parent_path());
  if (Status written = replace_file(files, options.out, summary.json()); !written) {
    std::fprintf(stderr, "millrace_bench: %s\n", written.error().what.c_str());
    return 74;
  }
  return 0;
}

}  // namespace
}  // namespace millrace

// millrace_bench [EVENTS [SHOPPERS [ROUNDS [TOPOLOGY]]]]
int main(int argc, char** argv) {
  millrace::BenchOptions options;
  const auto number = [&](int place, auto& value) {
    if (argc <= place) return;
    const std::string_view text = argv[place];
    std::from_chars(text.data(), text.data() + text.size(), value);
  };
  number(1, options.events);
  number(2, options.shoppers);
  number(3, options.rounds);
  if (argc > 4) options.topology = argv[4];
  return millrace::run(options);
}
