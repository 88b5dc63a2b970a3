// What `millrace top` shows: a server's numbers at one moment, and how they changed since the one
// before. Pure.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct TopMoment {
  std::chrono::steady_clock::time_point when;
  std::map<std::string, double, std::less<>> metrics;  // see read_metrics()
  std::vector<std::pair<std::string, double>> segments;
};

enum class TopOrder : std::uint8_t { kTopology, kName, kMembers, kChange };

struct TopRow {
  std::string segment;
  double members = 0;
  double change = 0;  // members a minute
};

// Rows of a table in that order. `before` may be the same moment: then nothing changed.
std::vector<TopRow> top_rows(const TopMoment& before, const TopMoment& now, TopOrder order);

// Lines without line breaks.
std::vector<std::string> top_lines(const TopMoment& before, const TopMoment& now, TopOrder order);
// One JSON object with a line feed.
std::string top_json(const TopMoment& before, const TopMoment& now, TopOrder order);
// segment, members and change a line, with tabs between.
std::string top_plain(const TopMoment& before, const TopMoment& now, TopOrder order);

}  // namespace millrace
