#include "app/remote/top_table.hpp"

#include "app/cli/progress.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace millrace {
namespace {

constexpr double kBarWidth = 32;

double value(const TopMoment& moment, std::string_view name) {
  const auto at = moment.metrics.find(name);
  return at == moment.metrics.end() ? 0 : at->second;
}

double seconds(const TopMoment& before, const TopMoment& now) {
  return std::chrono::duration<double>(now.when - before.when).count();
}

// A second; 0 when the counter began anew with another process.
double rate(const TopMoment& before, const TopMoment& now, std::string_view name) {
  const double span = seconds(before, now);
  const double more = value(now, name) - value(before, name);
  return span > 0 && more > 0 ? more / span : 0;
}

double mean_millis(const TopMoment& before, const TopMoment& now, const std::string& name) {
  const double count = value(now, name + "_count") - value(before, name + "_count");
  const double sum = value(now, name + "_sum") - value(before, name + "_sum");
  return count > 0 ? 1e3 * sum / count : 0;
}

}  // namespace

std::vector<TopRow> top_rows(const TopMoment& before, const TopMoment& now, TopOrder order) {
  std::vector<TopRow> rows;
  const double minutes = seconds(before, now) / 60;
  for (const auto& [segment, members] : now.segments) {
    TopRow row{segment, members};
    for (const auto& [name, were] : before.segments)
      if (name == segment && minutes > 0) row.change = (members - were) / minutes;
    rows.push_back(std::move(row));
  }
  const auto by = [&](auto less) { std::stable_sort(rows.begin(), rows.end(), less); };
  if (order == TopOrder::kName)
    by([](const TopRow& a, const TopRow& b) { return a.segment < b.segment; });
  if (order == TopOrder::kMembers)
    by([](const TopRow& a, const TopRow& b) { return a.members > b.members; });
  if (order == TopOrder::kChange)
    by([](const TopRow& a, const TopRow& b) { return std::abs(a.change) > std::abs(b.change); });
  return rows;
}

std::vector<std::string> top_lines(const TopMoment& before, const TopMoment& now, TopOrder order) {
  const auto per_second = [&](std::string_view name) {
    return short_count(rate(before, now, name));
  };
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} events/s, {} in all; {} records behind, {:.1f} s; {} profiles",
                              per_second("events_total"),
                              short_count(value(now, "events_total")),
                              short_count(value(now, "lag_records")),
                              value(now, "lag_seconds"),
                              short_count(value(now, "profiles"))));
  lines.push_back(fmt::format("{} requests/s, {:.1f} ms each, {} connections; {} refused/s",
                              per_second("http_requests_total"),
                              mean_millis(before, now, "http_request_seconds"),
                              short_count(value(now, "http_connections")),
                              per_second("intake_refused_total")));
  lines.push_back(fmt::format("{:<24} {:>9} {:>9}", "segment", "members", "a minute"));
  const auto rows = top_rows(before, now, order);
  double most = 1;
  for (const TopRow& row : rows) most = std::max(most, row.members);
  for (const TopRow& row : rows)
    lines.push_back(
        fmt::format("{:<24} {:>9} {:>+9.0f}  {}",
                    row.segment,
                    row.members,
                    row.change,
                    std::string(static_cast<std::size_t>(row.members * kBarWidth / most), '#')));
  return lines;
}

std::string top_json(const TopMoment& before, const TopMoment& now, TopOrder order) {
  std::string out;
  JsonWriter json(out);
  json.object();
  json.key("events_per_second").value(rate(before, now, "events_total"));
  json.key("requests_per_second").value(rate(before, now, "http_requests_total"));
  json.key("lag_records").value(value(now, "lag_records"));
  json.key("lag_seconds").value(value(now, "lag_seconds"));
  json.key("events").value(value(now, "events_total"));
  json.key("segments").array();
  for (const TopRow& row : top_rows(before, now, order)) {
    json.object().key("name").value(row.segment).key("members").value(row.members);
    json.key("change_per_minute").value(row.change).end();
  }
  json.end().end();
  return out + "\n";
}

std::string top_plain(const TopMoment& before, const TopMoment& now, TopOrder order) {
  std::string out;
  for (const TopRow& row : top_rows(before, now, order))
    out += fmt::format("{}\t{}\t{:.1f}\n", row.segment, row.members, row.change);
  return out;
}

}  // namespace millrace
