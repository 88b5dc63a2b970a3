#include "app/replay/live_view.hpp"

#include "app/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

constexpr auto kPause = std::chrono::milliseconds(200);
constexpr std::int64_t kBarWidth = 40;

}  // namespace

LiveView::LiveView(Terminal& terminal, std::vector<std::string> segments, Clock::time_point start)
    : terminal_(terminal),
      table_(terminal),
      segments_(std::move(segments)),
      start_(start),
      drawn_(start - kPause) {}

std::vector<std::string> LiveView::table(const Totals& totals, Clock::time_point now) const {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(now - start_).count());
  const auto& account = totals.account;
  std::vector<std::string> lines;
  lines.push_back(fmt::format(
      "{} events, {} a second; {} kept, {} dropped, {} rejected; {} entered, left or told",
      short_count(static_cast<double>(account.events)),
      short_count(static_cast<double>(account.events) / seconds),
      short_count(static_cast<double>(account.kept)),
      account.dropped.total(),
      account.rejected.total(),
      short_count(static_cast<double>(totals.outputs))));
  std::int64_t most = 1;
  for (const std::int64_t size : totals.segment_size) most = std::max(most, size);
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const std::int64_t size = totals.segment_size[i];
    lines.push_back(
        fmt::format("  {:<24} {:>8}  {}",
                    segments_[i],
                    size,
                    std::string(static_cast<std::size_t>(size * kBarWidth / most), '#')));
  }
  return lines;
}

void LiveView::update(const Totals& totals, Clock::time_point now) {
  if (!terminal_.message_looks().interactive || now - drawn_ < kPause) return;
  drawn_ = now;
  table_.draw(table(totals, now));
}

}  // namespace millrace
