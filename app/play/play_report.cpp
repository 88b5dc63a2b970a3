#include "app/cli/progress.hpp"
#include "app/play/player.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>

namespace millrace::play {
namespace {

// Milliseconds, to the microsecond.
double millis(double nanoseconds) { return std::round(nanoseconds / 1e3) / 1e3; }

void write_quantiles(JsonWriter& json, const HistogramCells& cells) {
  json.object();
  for (const auto& [name, q] :
       {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1.0}})
    json.key(name).value(millis(cells.quantile(q)));
  json.end();
}

double per_second(std::uint64_t count, const PlayTotals& totals) {
  return static_cast<double>(count) / std::max(totals.sending.count(), 1e-3);
}

}  // namespace

std::string totals_json(const PlayTotals& totals, std::string_view to) {
  std::string out;
  JsonWriter json(out);
  json.object();
  json.key("to").value(to);
  json.key("seconds").value(millis(totals.sending.count() * 1e6));
  json.key("events").value(totals.events);
  json.key("acknowledged").value(totals.acknowledged);
  json.key("refused").value(totals.refused);
  json.key("lost").value(totals.lost);
  json.key("rate").value(std::round(per_second(totals.acknowledged, totals)));
  json.key("requests").value(totals.requests);
  json.key("retries").value(totals.retries);
  json.key("bytes").value(totals.bytes);
  json.key("statuses").object();
  for (const auto& [status, count] : totals.statuses)
    json.key(status == 0 ? "none" : std::to_string(status)).value(count);
  json.end();
  write_quantiles(json.key("latency_ms"), totals.latency);
  write_quantiles(json.key("waited_ms"), totals.waited);
  json.end();
  return out + "\n";
}

std::string totals_text(const PlayTotals& totals) {
  return fmt::format("{} events, {} acknowledged ({}/s, p50 {:.1f} ms, p99 {:.1f} ms)",
                     short_count(static_cast<double>(totals.events)),
                     short_count(static_cast<double>(totals.acknowledged)),
                     short_count(per_second(totals.acknowledged, totals)),
                     millis(totals.latency.quantile(0.5)),
                     millis(totals.latency.quantile(0.99)));
}

}  // namespace millrace::play
