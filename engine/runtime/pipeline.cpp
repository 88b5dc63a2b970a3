#include "engine/runtime/pipeline.hpp"

#include "engine/runtime/reject_origins.hpp"

#include <algorithm>

namespace millrace {
namespace {

// Of segments, held in memory between checkpoints: some tens of megabytes.
constexpr std::size_t kMemberChangesMax = 1'000'000;

std::unique_ptr<Identifier> make_identifier(const Plan& plan, Lane& lane) {
  lane.begin_node(plan.identifier_name);
  return plan.make_identifier(lane);
}

}  // namespace

Pipeline::Pipeline(Plan& plan, const PipelineOptions& options)
    : plan_(plan),
      options_(options),
      publisher_(plan),
      context_{plan, {plan.shards, options.lanes}, publisher_, options.store, {}, {}},
      parse_(plan),
      identity_lane_(plan.catalog, plan.numbers),
      router_(make_identifier(plan, identity_lane_), plan.identifier_name, context_.placement),
      members_(plan.catalog, options.store) {
  for (std::uint32_t lane = 0; lane < options.lanes; ++lane)
    lanes_.push_back(std::make_unique<LaneRunner>(context_, lane));
  totals_.segment_size.resize(plan.catalog.segments().size());
}

Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::build(Plan& plan, const PipelineOptions& options) {
  CHECK(options.lanes > 0 && plan.nodes.size() <= kNodesMax);
  if (options.store != nullptr) {
    // Columns keep the numbers that the records in the store use; so before anything asks for one.
    std::vector<std::optional<std::string>> values;
    const std::string key = "mcolumns";
    if (Status read = options.store->read({&key, 1}, values); !read) return read.error();
    if (values[0] && !plan.numbers.decode(*values[0]))
      return Error{"the checkpoint's list of columns is damaged"};
  }
  std::unique_ptr<Pipeline> made(new Pipeline(plan, options));
  if (options.store == nullptr) {
    if (options.sinks != nullptr)
      if (Status opened = options.sinks->open(plan.catalog, {}); !opened) return opened.error();
  } else if (Status restored = made->restore(); !restored) {
    return restored.error();
  }
  return made;
}

WorkRef Pipeline::admit(FeedBatch& batch) {
  std::unique_ptr<Work> work;
  {
    const std::lock_guard lock(spare_mutex_);
    if (!spare_.empty()) {
      work = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!work) work = std::make_unique<Work>(lanes_.size());
  std::swap(work->feed, batch);
  work->sequence = next_sequence_++;
  return {work.release(), [this](Work* done) {
            done->clear();
            const std::lock_guard lock(spare_mutex_);
            spare_.emplace_back(done);
          }};
}

void Pipeline::route(const WorkRef& ref) {
  Work& work = *ref;
  router_.route(work);
  note_counters(identity_lane_, work.account);
  const bool gathers = work.epoch > 0 && publisher_.gathers();
  work.gathering.store(gathers ? lanes() : 0, std::memory_order_relaxed);
  work.lanes_left.store(lanes(), std::memory_order_relaxed);
  records_since_checkpoint_ += work.feed.records.size();
  for (const Record& record : work.feed.records) bytes_since_checkpoint_ += record.payload.size();
  const auto past = [](std::uint64_t count, std::uint64_t most) {
    return most > 0 && count >= most;
  };
  const bool due = past(records_since_checkpoint_, options_.checkpoint_records) ||
                   past(bytes_since_checkpoint_, options_.checkpoint_bytes);
  if (options_.store != nullptr && (due || context_.checkpoint_wanted.exchange(false))) {
    work.checkpoint = true;
    records_since_checkpoint_ = bytes_since_checkpoint_ = 0;
    router_.save(work.changes);
  }
  for (auto& lane : lanes_) lane->offer(ref);
}

Status Pipeline::complete(Work& work) {
  totals_.account.add(work.account);
  totals_.records += work.batch.end - work.batch.begin;
  end_ = std::max(end_, work.batch.end);
  totals_.gap += work.feed.gap;
  std::vector<OutputRecord> outputs;
  std::vector<Reject> rejects = std::move(work.batch.rejects);
  for (LaneShare& share : work.shares) {
    totals_.account.add(share.account);
    std::move(share.outputs.begin(), share.outputs.end(), std::back_inserter(outputs));
    std::move(share.rejects.begin(), share.rejects.end(), std::back_inserter(rejects));
  }
  std::sort(outputs.begin(), outputs.end(), [](const auto& a, const auto& b) {
    return a.order < b.order;
  });
  for (const OutputRecord& output : outputs) {
    if (output.kind == OutputKind::kEffect) continue;
    members_.note(output);
    totals_.segment_size[output.segment] += output.kind == OutputKind::kEnter ? 1 : -1;
  }
  if (members_.changes() > kMemberChangesMax) request_checkpoint();
  totals_.outputs += outputs.size();
  if (options_.sinks != nullptr || options_.on_batch) {
    std::sort(rejects.begin(), rejects.end(), [](const Reject& a, const Reject& b) {
      return std::tie(a.position, a.index) < std::tie(b.position, b.index);
    });
    note_origins(work.feed.records, rejects);
  }
  if (options_.sinks != nullptr) {
    if (Status written = options_.sinks->write(outputs); !written) return written;
    if (Status written = options_.sinks->reject(rejects); !written) return written;
  }
  if (options_.on_batch)
    options_.on_batch({work.feed.records, outputs, rejects, end_, work.clock, totals_});
  if (work.epoch > 0) {
    epoch_ = work.epoch;
    publisher_.release(epoch_);
  }
  return work.checkpoint ? commit(work) : Status();
}

std::size_t Pipeline::memory_bytes() const {
  std::size_t bytes = router_.identifier().memory_bytes();
  for (const auto& lane : lanes_) bytes += lane->lane().memory_bytes();
  return bytes;
}

Result<Hash128> Pipeline::digest() {
  Hash128 sum = publisher_.digest();
  sum += router_.identifier().digest();
  for (const auto& lane : lanes_) {
    const Result<Hash128> part = lane->digest();
    if (!part) return part.error();
    sum += *part;
  }
  return sum;
}

}  // namespace millrace
