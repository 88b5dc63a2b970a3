#include "app/journal/report.hpp"

#include "engine/base/json_writer.hpp"
#include "engine/config/quantity.hpp"

#include <fmt/format.h>

#include <span>

namespace millrace {
namespace {

constexpr std::string_view kKinds[kRecordKinds] = {"hits", "ticks", "epochs", "controls"};

std::string_view name_of(Damage::Kind kind) {
  switch (kind) {
    case Damage::Kind::kHeader:
      return "header";
    case Damage::Kind::kBytes:
      return "bytes";
    case Damage::Kind::kTail:
      return "tail";
    case Damage::Kind::kMissing:
      return "missing";
  }
  return "unknown";
}

std::string show_damage(const Damage& damage) {
  std::string line = fmt::format("{} at byte {}: ", damage.segment, damage.offset);
  switch (damage.kind) {
    case Damage::Kind::kHeader:
      line += "the segment's header is damaged; it is not needed";
      break;
    case Damage::Kind::kBytes:
      line += fmt::format("{} damaged bytes", damage.bytes);
      break;
    case Damage::Kind::kTail:
      line += fmt::format("{} bytes of a write that was cut short", damage.bytes);
      break;
    case Damage::Kind::kMissing:
      line += "positions without a record";
      break;
  }
  if (damage.count > 0)
    line +=
        fmt::format("; lost: positions {} to {}", damage.first, damage.first + damage.count - 1);
  return line + "\n";
}

std::string show_all(std::span<const Damage> all) {
  std::string out;
  for (const Damage& damage : all) out += show_damage(damage);
  return out;
}

void write_damage(JsonWriter& json, std::span<const Damage> all) {
  json.key("damage").array();
  for (const Damage& damage : all) {
    json.object();
    json.key("kind").value(name_of(damage.kind));
    json.key("segment").value(damage.segment);
    json.key("offset").value(damage.offset);
    json.key("bytes").value(damage.bytes);
    json.key("first").value(damage.first);
    json.key("count").value(damage.count);
    json.end();
  }
  json.end();
}

void write_segment(JsonWriter& json, const SegmentReport& segment) {
  json.object();
  json.key("name").value(segment.name);
  json.key("first").value(segment.first);
  json.key("end").value(segment.end);
  for (std::size_t i = 0; i < kRecordKinds; ++i) json.key(kKinds[i]).value(segment.records[i]);
  json.key("groups").value(segment.groups);
  json.key("bytes").value(segment.bytes);
  json.key("raw_bytes").value(segment.raw_bytes);
  if (segment.record_count() > 0) {
    json.key("oldest").value(format_time(segment.oldest));
    json.key("newest").value(format_time(segment.newest));
  }
  write_damage(json, segment.damage);
  json.end();
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).array();
  for (const std::string& name : names) json.value(name);
  json.end();
}

}  // namespace

std::string show(const JournalReport& report) {
  std::string out = fmt::format("{:<28} {:>10} {:>9} {:>8} {:>10} {:>6}  {}\n",
                                "segment",
                                "records",
                                "hits",
                                "groups",
                                "bytes",
                                "packed",
                                "from, to");
  for (const SegmentReport& segment : report.segments) {
    const bool any = segment.record_count() > 0;
    out += fmt::format("{:<28} {:>10} {:>9} {:>8} {:>10} {:>5.1f}x  {}\n",
                       segment.name,
                       segment.record_count(),
                       segment.records[0],
                       segment.groups,
                       segment.bytes,
                       segment.ratio(),
                       any ? format_time(segment.oldest) + ", " + format_time(segment.newest) : "");
  }
  for (const SegmentReport& segment : report.segments) out += show_all(segment.damage);
  for (const std::string& name : report.set_aside)
    out += fmt::format("{} was set aside by an earlier repair\n", name);
  return out;
}

std::string show(const Verification& verification) {
  return show_all(verification.damage) +
         fmt::format("{}: {} segments, {} groups, {} records, {} positions without a record\n",
                     verification.sound() ? "sound" : "damaged",
                     verification.segments,
                     verification.groups,
                     verification.records,
                     verification.lost);
}

std::string show(const Repair& repair) {
  std::string out = show_all(repair.damage);
  for (const std::string& name : repair.kept)
    out += fmt::format("the original is kept: {}\n", name);
  return out + (repair.kept.empty()
                    ? std::string("nothing to mend\n")
                    : fmt::format("mended {} segments; {} positions have no record\n",
                                  repair.kept.size(),
                                  repair.lost));
}

std::string to_json(const JournalReport& report) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object().key("segments").array();
  for (const SegmentReport& segment : report.segments) write_segment(json, segment);
  json.end();
  write_names(json, "set_aside", report.set_aside);
  json.end();
  return out + "\n";
}

std::string to_json(const Verification& verification) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object();
  json.key("sound").value(verification.sound());
  json.key("segments").value(verification.segments);
  json.key("groups").value(verification.groups);
  json.key("records").value(verification.records);
  json.key("lost").value(verification.lost);
  write_damage(json, verification.damage);
  json.end();
  return out + "\n";
}

std::string to_json(const Repair& repair) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.object();
  write_damage(json, repair.damage);
  write_names(json, "kept", repair.kept);
  json.key("lost").value(repair.lost);
  json.end();
  return out + "\n";
}

}  // namespace millrace
