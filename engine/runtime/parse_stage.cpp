#include "engine/runtime/parse_stage.hpp"

#include <algorithm>

namespace millrace {
namespace {

// Operators before identification have no profile, so there is nothing that they could emit about
// one.
class NoOutput final : public Output {
 public:
  void emit(NameId /*name*/, Time /*time*/) override { CHECK(false); }
  void enter(Slot /*slot*/, SegmentId /*segment*/) override { CHECK(false); }
  void exit(Slot /*slot*/, SegmentId /*segment*/) override { CHECK(false); }
  void effect(Slot /*slot*/, std::string_view /*name*/, std::string_view /*body*/) override {
    CHECK(false);
  }
};

Event mark(const Record& record) {
  Event event;
  event.position = record.position;
  event.kind = record.kind == RecordKind::kTick ? EventKind::kTick : EventKind::kEpoch;
  event.received = record.time;
  return event;
}

// A payload is read from its front to its end: after the first lines the processor foresees it.
void prefetch(std::string_view payload) {
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < std::min(payload.size(), 4 * kLine); at += kLine)
    __builtin_prefetch(payload.data() + at);
}

}  // namespace

// What one thread needs to parse: operators of this stage are not shared.
struct ParseStage::Worker {
  explicit Worker(Plan& plan) : lane(plan.catalog, plan.numbers), parser(plan.make_parser(lane)) {
    for (const PlanNode& node : plan.ingest) {
      lane.begin_node(node.name);
      operators.push_back(node.make(lane));
    }
  }
  Lane lane;
  std::unique_ptr<Parser> parser;
  std::vector<std::unique_ptr<Operator>> operators;
};

ParseStage::ParseStage(Plan& plan) : plan_(plan) {
  // The first worker is made here, where a topology's mistakes would show, and not on the data
  // path.
  idle_.push_back(std::make_unique<Worker>(plan));
}

ParseStage::~ParseStage() = default;

std::unique_ptr<ParseStage::Worker> ParseStage::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Worker>(plan_);
  auto worker = std::move(idle_.back());
  idle_.pop_back();
  return worker;
}

void ParseStage::give_back(std::unique_ptr<Worker> worker) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

void ParseStage::parse(Work& work) {
  auto worker = take();
  // A record without position is not the journal's: it only carries a request, such as for a
  // checkpoint.
  if (!work.feed.records.empty() && work.feed.records.back().position != kNoPosition) {
    work.batch.begin = work.feed.records.front().position;
    work.batch.end = work.feed.records.back().position + 1;
  }
  worker->lane.set_arena(work.batch.arena);
  const std::vector<Record>& records = work.feed.records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i + 1 < records.size()) prefetch(records[i + 1].payload);
    const Record& record = records[i];
    if (record.kind == RecordKind::kHit) {
      parse_hit(record, *worker, work);
    } else if (record.kind != RecordKind::kControl) {
      work.batch.events.push_back(mark(record));
    }
  }
  for (const Reject& reject : work.batch.rejects) work.account.rejected.add(reject.reason);
  work.account.events += work.batch.rejects.size();
  for (Event& event : work.batch.events) {
    if (is_mark(event.kind)) continue;
    ++work.account.events;
    refine(event, *worker, work);
  }
  note_counters(worker->lane, work.account);
  give_back(std::move(worker));
}

void ParseStage::parse_hit(const Record& record, Worker& worker, Work& work) {
  Hit hit;
  if (decode_hit(record.payload, record.time, hit)) {
    worker.parser->parse(hit, record.position, work.batch);
  } else {
    work.batch.rejects.push_back({record.position,
                                  0,
                                  plan_.parser_name,
                                  "unreadable_hit",
                                  "the journal record is not a hit that this version can read"});
  }
}

void ParseStage::refine(Event& event, Worker& worker, Work& work) {
  static NoOutput no_output;  // has no state
  for (std::size_t node = 0; node < worker.operators.size(); ++node) {
    const Verdict verdict = worker.operators[node]->process(event, no_output);
    if (verdict.kept()) continue;
    event.dead = true;
    if (verdict.kind() == Verdict::Kind::kDrop) {
      work.account.dropped.add(verdict.reason());
    } else {
      work.account.rejected.add(verdict.reason());
      work.batch.rejects.push_back({event.position,
                                    event.index,
                                    plan_.ingest[node].name,
                                    verdict.reason(),
                                    verdict.detail()});
    }
    return;
  }
}

}  // namespace millrace
