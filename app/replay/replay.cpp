#include "app/replay/replay.hpp"

#include "engine/base/file.hpp"
#include "engine/runtime/data_directory.hpp"
#include "engine/runtime/event_clock.hpp"
#include "engine/topology/topology.hpp"

namespace millrace {
namespace {

constexpr std::string_view kInputNote = "input ";

// What the journal knows of the input that is to be replayed: each line of it is one hit.
struct Known {
  std::uint64_t lines = 0;
  bool begun = false;
};

Result<Known> scan(const Journal& journal, std::string_view input, EventClock& clock) {
  Known known;
  JournalFeed feed(journal, 0);
  FeedBatch batch;
  while (true) {
    if (Status read = feed.next(batch, 1024); !read) return read.error();
    if (batch.records.empty()) return known;
    for (const Record& record : batch.records) {
      if (record.kind == RecordKind::kControl && record.payload.starts_with(kInputNote)) {
        known = {0, record.payload.substr(kInputNote.size()) == input};
      } else if (record.kind == RecordKind::kHit) {
        ++known.lines;
        clock.saw_hit(record.time);
      } else if (record.kind == RecordKind::kTick) {
        clock.saw_tick(record.time);
      } else if (record.kind == RecordKind::kEpoch) {
        clock.saw_epoch(record.time);
      }
    }
  }
}

// What the topology says of its journal, but always synced, for a checkpoint must not know more
// than the journal that it goes on from; and never shortened, for its hits count the lines that are
// done.
JournalConfig journal_config(const TopologySettings& settings) {
  JournalConfig config = settings.journal;
  config.ack = Ack::kSynced;
  config.retain = {};
  config.retain_for = Duration(0);
  return config;
}

}  // namespace

struct Replay::State {
  SystemFiles files;
  std::string input_name;
  DataDirectory data;
  std::unique_ptr<Engine> engine;
  ReplayTotals totals;
};

Replay::Replay(std::unique_ptr<State> state) : state_(std::move(state)) {}
Replay::~Replay() = default;

Result<std::unique_ptr<Replay>> Replay::open(ReplayOptions options,
                                             std::string topology_text,
                                             const Registry& registry,
                                             config::Problems& problems) {
  auto state = std::make_unique<State>();
  state->input_name = options.input_name;
  if (!options.data.empty()) {
    options.engine.open_store = [&](const TopologySettings& settings) -> Result<Store*> {
      auto data = DataDirectory::open(
          state->files, options.data, journal_config(settings), settings.store.memory.bytes);
      if (!data) return data.error();
      state->data = *std::move(data);
      return state->data.store.get();
    };
    options.engine.on_checkpoint = [&data = state->data](Position position) {
      data.journal->release(position);
    };
  }
  auto engine = Engine::load(
      std::move(topology_text), options.topology, registry, std::move(options.engine), problems);
  if (!engine) return engine.error();
  state->engine = *std::move(engine);
  return std::unique_ptr<Replay>(new Replay(std::move(state)));
}

Status Replay::run(ReadBytes input) {
  Engine& engine = *state_->engine;
  const TopologySettings& settings = engine.topology().settings;
  EventClock clock(settings.tick, settings.epoch);
  if (!state_->data.journal) {
    NdjsonFeed feed(std::move(input), clock);
    const Status ran = engine.run(feed);
    state_->totals = {feed.lines(), feed.bytes()};
    return ran;
  }
  Journal& journal = *state_->data.journal;
  Result<Known> known = scan(journal, state_->input_name, clock);
  if (!known) return known.error();
  if (!known->begun) {
    const std::string note = std::string(kInputNote) + state_->input_name;
    const Result<Position> noted = journal.append({RecordKind::kControl, {}, note});
    if (!noted) return noted.error();
    if (const auto committed = journal.commit(); !committed) return committed.error();
  }
  NdjsonFeed lines(std::move(input), clock, 0, known->begun ? known->lines : 0);
  JournalingFeed journaling(lines, journal);
  JournalFeed earlier(journal, engine.resume_position());
  FeedChain feed(earlier, journaling);
  Status ran = engine.run(feed);
  state_->totals = {lines.lines(), lines.bytes()};
  return ran.ok() ? engine.checkpoint() : ran;
}

Engine& Replay::engine() { return *state_->engine; }
const ReplayTotals& Replay::totals() const { return state_->totals; }

}  // namespace millrace
