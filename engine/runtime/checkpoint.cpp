// Checkpoints of a pipeline: state, journal position and what sinks have, in one atomic write.
#include "engine/runtime/pipeline.hpp"

namespace millrace {
namespace {

constexpr std::uint64_t kFormat = 1;

void encode_counts(const ReasonCounts& counts, ByteWriter& to) {
  to.varint(counts.all().size());
  for (const auto& [reason, count] : counts.all()) {
    to.text(reason);
    to.varint(count);
  }
}

void decode_counts(ByteReader& from, ReasonCounts& counts) {
  for (std::uint64_t left = from.varint(); left > 0 && from.ok(); --left) {
    const std::string_view reason = from.text();
    counts.add(reason, from.varint());
  }
}

}  // namespace

// Everything that there is one of. Segments by name: a later topology may number them otherwise.
std::string Pipeline::meta(Position end, std::string_view sink) const {
  std::string bytes;
  ByteWriter to(bytes);
  to.varint(kFormat);
  to.varint(end);
  to.varint(epoch_);
  to.varint(totals_.account.events);
  to.varint(totals_.account.kept);
  encode_counts(totals_.account.dropped, to);
  encode_counts(totals_.account.rejected, to);
  to.varint(totals_.records);
  to.varint(totals_.gap);
  to.varint(totals_.outputs);
  to.varint(totals_.segment_size.size());
  for (std::size_t i = 0; i < totals_.segment_size.size(); ++i) {
    to.text(plan_.catalog.segments()[i]);
    to.zigzag(totals_.segment_size[i]);
  }
  to.text(sink);
  return bytes;
}

Status Pipeline::commit(Work& work) {
  WriteSet changes = std::move(work.changes);
  std::string sink_state;
  if (options_.sinks != nullptr) {
    Result<std::string> committed = options_.sinks->commit(changes);
    if (!committed) return committed.error();
    sink_state = *std::move(committed);
  }
  for (LaneShare& share : work.shares) changes.staged.push_back(std::move(share.checkpoint));
  if (publisher_.gathers()) publisher_.publish(epoch_);  // its task may not have begun
  publisher_.save(epoch_, changes);
  members_.save(changes);
  std::string columns;
  plan_.numbers.encode(columns);
  changes.put("mcolumns", std::move(columns));
  changes.put("mpipeline", meta(end_, sink_state));
  if (Status written = options_.store->write(changes); !written) return written;
  members_.saved();
  if (options_.sinks != nullptr) options_.sinks->committed();
  context_.checkpoints_durable.fetch_add(1, std::memory_order_release);
  resume_ = end_;
  if (options_.on_checkpoint) options_.on_checkpoint(resume_);
  return {};
}

Status Pipeline::restore() {
  if (Status forgotten = forget_what_is_ahead(); !forgotten) return forgotten;
  std::vector<std::optional<std::string>> values;
  const std::string key = "mpipeline";
  if (Status read = options_.store->read({&key, 1}, values); !read) return read;
  if (!values[0])
    return options_.sinks != nullptr ? options_.sinks->open(plan_.catalog, {}) : Status();
  if (Status read = restore_meta(*values[0]); !read) return read;
  if (Status read = router_.restore(*options_.store, end_); !read) return read;
  if (Status read = publisher_.restore(epoch_, *options_.store); !read) return read;
  if (Status read = members_.restore(); !read) return read;
  if (Status read = restore_profiles(); !read) return read;
  for (const auto& lane : lanes_) lane->resume(epoch_, router_.clock(), end_);
  return {};
}

// Records that lanes put aside after the checkpoint: lanes will make them again from the journal.
Status Pipeline::forget_what_is_ahead() {
  constexpr std::size_t kKeys = 10'000;
  for (WriteSet forgotten;; forgotten.changes.clear()) {
    const Status scanned =
        options_.store->scan({&kAheadKeys, 1}, [&](std::string_view key, std::string_view) {
          forgotten.remove(std::string(key));
          return forgotten.changes.size() < kKeys;
        });
    if (!scanned || forgotten.changes.empty()) return scanned;
    if (Status kept = options_.store->keep(forgotten); !kept) return kept;
  }
}

Status Pipeline::restore_meta(std::string_view bytes) {
  ByteReader from(bytes);
  if (from.varint() != kFormat)
    return Error{
        "the checkpoint was written by a newer version of Millrace; use that version, or remove "
        "the checkpoint "
        "so that it is made again from the journal"};
  resume_ = end_ = from.varint();
  epoch_ = from.varint();
  totals_.account.events = from.varint();
  totals_.account.kept = from.varint();
  decode_counts(from, totals_.account.dropped);
  decode_counts(from, totals_.account.rejected);
  totals_.records = from.varint();
  totals_.gap = from.varint();
  totals_.outputs = from.varint();
  const std::vector<std::string>& segments = plan_.catalog.segments();
  for (std::uint64_t left = from.varint(); left > 0 && from.ok(); --left) {
    const std::string_view name = from.text();
    const std::int64_t size = from.zigzag();
    const auto at = std::find(segments.begin(), segments.end(), name);
    if (at != segments.end())
      totals_.segment_size[static_cast<std::size_t>(at - segments.begin())] = size;
  }
  const std::string_view sink = from.text();
  if (!from.done()) return Error{"the checkpoint is damaged"};
  return options_.sinks != nullptr ? options_.sinks->open(plan_.catalog, sink) : Status();
}

// Profiles stay in the store until an event or a timer of theirs comes; lanes learn who and when.
Status Pipeline::restore_profiles() {
  bool good = true;
  const Status scanned =
      options_.store->scan("t", [&](std::string_view key, std::string_view value) {
        const ProfileId profile = profile_of_key(key);
        ByteReader from(value);
        const Time due = value.empty() ? kNever : from.time();
        good = good && profile != kNoProfile && from.done();
        if (good) lanes_[context_.placement.lane(profile)]->adopt(profile, due);
        return good;
      });
  if (!scanned) return scanned;
  return good ? Status() : Status(Error{"the checkpoint's list of timers is damaged"});
}

}  // namespace millrace
