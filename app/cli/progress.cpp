#include "app/cli/progress.hpp"

#include "engine/base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace millrace {
namespace {

using namespace std::chrono_literals;

}  // namespace

std::string short_count(double count) {
  constexpr std::string_view kUnits[] = {"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  // 999.5 would be rounded to four digits.
  for (; count >= 999.5 && unit + 1 < std::size(kUnits); ++unit) count /= 1000;
  const int decimals = unit == 0 || count >= 99.95 ? 0 : count >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", count, decimals, kUnits[unit]);
}

Progress::Progress(Terminal& terminal,
                   std::string name,
                   std::uint64_t total,
                   Clock::time_point start)
    : terminal_(terminal), name_(std::move(name)), total_(total), start_(start), shown_(start) {}

Progress::~Progress() { terminal_.show_status(""); }

void Progress::update(std::uint64_t done, Clock::time_point now) {
  const bool interactive = terminal_.message_looks().interactive;
  if (terminal_.quiet() ||
      now - shown_ < (interactive ? Clock::duration(100ms) : Clock::duration(10s)))
    return;
  shown_ = now;
  if (interactive)
    terminal_.show_status(line(done, now));
  else
    terminal_.say(line(done, now));
}

std::string Progress::line(std::uint64_t done, Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const auto count = static_cast<double>(done);
  if (total_ == 0)
    return fmt::format("{}  {}  {} ev/s", name_, short_count(count), short_count(rate));
  const auto total = static_cast<double>(total_);
  std::string text = fmt::format("{}  {:.0f}% {}/{}  {} ev/s",
                                 name_,
                                 std::min(100.0, 100 * count / total),
                                 short_count(count),
                                 short_count(total),
                                 short_count(rate));
  if (rate > 0 && done < total_) {
    const auto left = std::chrono::seconds(std::llround((total - count) / rate));
    text += "  ETA " + format_duration(left);
  }
  return text;
}

}  // namespace millrace
