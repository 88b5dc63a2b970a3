#include "app/journal/record_lines.hpp"

#include "engine/base/json_writer.hpp"
#include "engine/event/hit.hpp"
#include "engine/journal/group_scanner.hpp"
#include "engine/journal/segment.hpp"

namespace millrace {
namespace {

std::string_view kind_name(RecordKind kind) {
  switch (kind) {
    case RecordKind::kHit:
      return "hit";
    case RecordKind::kTick:
      return "tick";
    case RecordKind::kEpoch:
      return "epoch";
    case RecordKind::kControl:
      return "control";
  }
  return "unknown";
}

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.key(key).value(text);
}

void write_record(const Record& record, std::string& line) {
  JsonWriter json(line);
  json.object();
  json.key("position").value(record.position);
  json.key("kind").value(kind_name(record.kind));
  json.key("time").value(format_time(record.time));
  Hit hit;
  if (record.kind == RecordKind::kHit && decode_hit(record.payload, record.time, hit)) {
    write_text(json, "source", hit.source);
    write_text(json, "address", hit.address);
    write_text(json, "user_agent", hit.user_agent);
    write_text(json, "cookie_id", hit.cookie_id);
    write_text(json, "endpoint", hit.endpoint);
    write_text(json, "refused", hit.reason);
    if (hit.do_not_track) json.key("dnt").value(true);
    if (hit.privacy_control) json.key("gpc").value(true);
    json.key("body").value(hit.body);
  } else {
    write_text(json, "payload", record.payload);
  }
  json.end();
  line.push_back('\n');
}

class RecordPrinter {
 public:
  RecordPrinter(const RecordRange& range, const std::function<bool(std::string_view)>& take)
      : left_(range.limit), expected_(range.from), take_(take) {}

  bool done() const { return left_ == 0; }

  // What lies before a segment's begin or end without a record.
  void pass(Position to) {
    if (done() || to <= expected_) return;
    std::string line;
    JsonWriter(line).object().key("gap").value(expected_).key("count").value(to - expected_).end();
    line.push_back('\n');
    expected_ = to;
    if (!take_(line)) left_ = 0;
  }

  void print(const Block& block) {
    for (const Record& record : block.records()) {
      if (done()) return;
      if (record.position < expected_) continue;
      pass(record.position);
      std::string line;
      write_record(record, line);
      expected_ = record.position + 1;
      if (!take_(line))
        left_ = 0;
      else if (left_ > 0)
        --left_;
    }
  }

  Position expected() const { return expected_; }

 private:
  std::uint64_t left_;
  Position expected_;
  const std::function<bool(std::string_view)>& take_;
};

Status print_segment(const OpenSegment& segment, RecordPrinter& printer) {
  GroupScanner scanner(*segment.file, segment.header.salt, segment.size);
  if (Status skipped = scanner.skip_to(printer.expected()); !skipped) return skipped;
  while (!printer.done()) {
    const auto found = scanner.next();
    if (!found) return found.error();
    if (*found == GroupScanner::Found::kEnd) break;
    const BlockRef block = *found == GroupScanner::Found::kGroup ? scanner.block() : BlockRef();
    if (block) printer.print(*block);
  }
  return {};
}

}  // namespace

Status print_records(Files& files,
                     const std::string& directory,
                     const RecordRange& range,
                     const std::function<bool(std::string_view line)>& take) {
  auto segments = list_segments(files, directory);
  if (!segments) return segments.error();
  // What retention removed is not missing.
  const Position oldest = segments->empty() ? 0 : segments->front();
  RecordPrinter printer({std::max(range.from, oldest), range.limit}, take);
  for (std::size_t i = 0; i < segments->size() && !printer.done(); ++i) {
    const bool newest = i + 1 == segments->size();
    if (!newest && (*segments)[i + 1] <= printer.expected()) continue;
    const auto segment = open_segment(files, directory, (*segments)[i]);
    if (!segment) return segment.error();
    if (Status printed = print_segment(*segment, printer); !printed) return printed;
    if (!newest) printer.pass((*segments)[i + 1]);
  }
  return {};
}

}  // namespace millrace
