// Reading aggregates. An entry of time t is in the window (now - offset - W, now - offset] from
// t + offset until t + offset + W: these are the instants at which a value can change by itself.
#include "engine/expression/aggregate_state.hpp"
#include "engine/expression/stream_record.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::expression {
namespace {

using packed::Log;

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
constexpr double kDay = 86'400'000;

Time instant(std::int64_t millis) { return millis == kForever ? kNever : from_millis(millis); }
Value number_or_missing(double number) { return std::isnan(number) ? Value() : Value::of(number); }
Value time_of(std::int64_t millis) { return Value::of(from_millis(millis)); }

// The entries in a window at an instant.
struct Window {
  Window(const Log& entries, const AggregateSpec& spec, std::int64_t now)
      : log(entries),
        enters(spec.offset.count()),
        leaves(spec.offset.count() + spec.window.count()),
        begin(entries.after(now - leaves)),
        end(entries.after(now - enters)) {}

  const Log& log;
  std::int64_t enters, leaves;  // how long after its time an entry does
  std::size_t begin, end;

  bool empty() const { return begin == end; }
  std::int64_t next_change() const {
    const std::int64_t leave = empty() ? kForever : log.time(begin) + leaves;
    const std::int64_t enter = end == log.size() ? kForever : log.time(end) + enters;
    return std::min(leave, enter);
  }
  std::uint64_t count() const {
    if (!log.wide()) return end - begin;
    std::uint64_t total = 0;
    for (std::size_t i = begin; i < end; ++i) total += log.count(i);
    return total;
  }
  double sum() const {
    double total = 0;
    for (std::size_t i = begin; i < end; ++i) total += log.sum(i);
    return total;
  }
  double min() const {
    double least = log.min(begin);
    for (std::size_t i = begin + 1; i < end; ++i) least = std::min(least, log.min(i));
    return least;
  }
  double max() const {
    double most = log.max(begin);
    for (std::size_t i = begin + 1; i < end; ++i) most = std::max(most, log.max(i));
    return most;
  }
  // Values that came again in the last `pending` entries were not taken out where they were before.
  std::uint64_t distinct(std::size_t pending) const {
    std::uint64_t total = count();
    for (std::size_t later = std::max(begin, log.size() - pending); later < end; ++later)
      for (std::size_t i = begin; i < later; ++i)
        if (log.hash(i) == log.hash(later)) {
          --total;
          break;
        }
    return total;
  }
};

Value of_nothing(Function function) {
  switch (function) {
    case Function::kCount:
    case Function::kSum:
    case Function::kDistinct:
    case Function::kRate:
    case Function::kSumRate:
      return Value::of(0.0);
    default:
      return Value();
  }
}

Value read_window(const Window& window, const AggregateSpec& spec, std::size_t pending) {
  const double days = static_cast<double>(spec.window.count()) / kDay;
  if (window.empty()) return of_nothing(spec.function);
  switch (spec.function) {
    case Function::kCount:
      return Value::of(static_cast<double>(window.count()));
    case Function::kDistinct:
      return Value::of(static_cast<double>(window.distinct(pending)));
    case Function::kSum:
      return number_or_missing(window.sum());
    case Function::kAverage:
      return number_or_missing(window.sum() / static_cast<double>(window.count()));
    case Function::kMin:
      return number_or_missing(window.min());
    case Function::kMax:
      return number_or_missing(window.max());
    case Function::kRate:
      return Value::of(static_cast<double>(window.count()) / days);
    case Function::kSumRate:
      return number_or_missing(window.sum() / days);
    case Function::kFirstTime:
      return time_of(window.log.time(window.begin));
    case Function::kLastTime:
      return time_of(window.log.time(window.end - 1));
    case Function::kFirstValue:
    case Function::kLastValue:
      break;
  }
  return Value();
}

Value read_lifetime(const Lifetime& data, Function function) {
  if (data.count == 0) return of_nothing(function);
  switch (function) {
    case Function::kCount:
      return Value::of(static_cast<double>(data.count));
    case Function::kSum:
      return number_or_missing(data.sum);
    case Function::kAverage:
      return number_or_missing(data.sum / data.count);
    case Function::kMin:
      return std::isfinite(data.min) ? Value::of(data.min) : Value();
    case Function::kMax:
      return std::isfinite(data.max) ? Value::of(data.max) : Value();
    case Function::kFirstTime:
      return time_of(data.first);
    case Function::kLastTime:
      return time_of(data.last);
    default:
      return Value();
  }
}

// The accumulators as of `now`, and when the next entry comes to them.
Lifetime lifetime_at(const std::byte* record,
                     const StreamLayout& layout,
                     std::int64_t now,
                     std::int64_t& until) {
  until = kForever;
  if (packed::load<std::uint8_t>(record + packed::kPendingAt) > 0) {
    StreamData data = packed::unpack(record, layout);
    data.fold(layout, now);
    if (data.pending > 0) until = data.entries[data.entries.size() - data.pending].time;
    return static_cast<const Lifetime&>(data);  // the part that all streams have
  }
  Lifetime data;
  data.count = packed::load<std::uint32_t>(record + packed::kCountAt);
  data.last = packed::load_time(record + packed::kLastAt);
  if (layout.has_first) data.first = packed::load_time(record + packed::kFirstAt);
  if (layout.has_sum) data.sum = packed::load<double>(record + layout.sum_at());
  if (layout.has_extremes) {
    data.min = packed::load<double>(record + layout.extremes_at());
    data.max = packed::load<double>(record + layout.extremes_at() + 8);
  }
  return data;
}

Reading read_value(const std::byte* record,
                   const StreamLayout& layout,
                   const AggregateSpec& spec,
                   std::int64_t now) {
  StreamData data = packed::unpack(record, layout);
  data.fold(layout, now);
  const std::size_t due = data.entries.size() - data.pending;
  const std::int64_t next = data.pending > 0 ? data.entries[due].time : kForever;
  if (due == 0) return {Value(), 0, instant(next)};
  const Entry& entry = data.entries[spec.function == Function::kFirstValue ? 0 : due - 1];
  if (spec.window.count() == 0) return {entry.value, 0, instant(next)};
  const std::int64_t gone = entry.time + spec.window.count();
  if (now >= gone) return {Value(), 0, instant(next)};
  return {entry.value, 0, instant(std::min(next, gone))};
}

// Follows the count from change to change until it crosses the range's ends.
Truth sweep(const Window& window, CountRange range) {
  std::uint64_t count = window.count();
  const bool inside = range.contains(count);
  const Log& log = window.log;
  for (std::size_t out = window.begin, in = window.end; out < log.size();) {
    const std::int64_t leave = log.time(out) + window.leaves;
    const std::int64_t enter = in < log.size() ? log.time(in) + window.enters : kForever;
    const std::int64_t at = std::min(leave, enter);
    for (; in < log.size() && log.time(in) + window.enters == at; ++in) count += log.count(in);
    for (; out < in && log.time(out) + window.leaves == at; ++out) count -= log.count(out);
    if (range.contains(count) != inside) return {inside, from_millis(at)};
  }
  return {inside, kNever};
}

// When the n-th event from the end leaves, n being at least 1; kBeginning if there are fewer.
Time leave_of(const Log& log, std::uint64_t n, std::int64_t leaves) {
  std::size_t at = log.size();
  if (!log.wide()) {
    if (n > at) return kBeginning;
    at -= n;
  } else {
    // An entry may stand for many, so that few are looked at where n is small.
    for (std::uint64_t found = 0; found < n; found += log.count(at)) {
      if (at == 0) return kBeginning;
      --at;
    }
  }
  return from_millis(log.time(at) + leaves);
}

// With nothing to come, the count only falls: it is at least n until the n-th event from the end
// leaves, so that only the entries at the range's ends need be looked at.
Truth falling(const Log& log, std::int64_t leaves, CountRange range, Time now) {
  constexpr std::uint64_t kNoEnd = CountRange{}.high;
  if (range.high != kNoEnd)
    if (const Time below = leave_of(log, range.high + 1, leaves); below > now)
      return {false, below};
  if (range.low == 0) return {true, kNever};
  const Time below = leave_of(log, range.low, leaves);
  return below > now ? Truth{true, below} : Truth{false, kNever};
}

// When at least `points` are made by one entry after the other, each worth `weight`; the first is
// the entry at `from`, and makes its points `after` its time.
Time made_by(const Log& log, std::size_t from, double points, double weight, std::int64_t after) {
  const double entries = std::max(1.0, std::ceil(points / weight));
  if (entries > static_cast<double>(log.size() - from)) return kNever;
  return from_millis(log.time(from + static_cast<std::size_t>(entries) - 1) + after);
}

}  // namespace

Reading AggregateState::read(const AggregateTable& table, AggregateId aggregate, Time now) const {
  const AggregateSpec& spec = table.aggregate(aggregate);
  const StreamLayout& layout = table.layout(spec.stream);
  const std::byte* record = find(spec.stream);
  if (!record) return {of_nothing(spec.function), 0, kNever};
  const std::int64_t at = to_millis(now);
  if (layout.role == Role::kAny) return read_value(record, layout, spec, at);
  if (spec.window.count() == 0) {
    std::int64_t until = kForever;
    const Lifetime data = lifetime_at(record, layout, at, until);
    return {read_lifetime(data, spec.function), 0, instant(until)};
  }
  const Log log(record, layout);
  const Window window(log, spec, at);
  const std::size_t pending = packed::load<std::uint8_t>(record + packed::kPendingAt);
  return {read_window(window, spec, pending), 0, instant(window.next_change())};
}

Truth AggregateState::count_within(const AggregateTable& table,
                                   AggregateId aggregate,
                                   CountRange range,
                                   Time now) const {
  const AggregateSpec& spec = table.aggregate(aggregate);
  const StreamLayout& layout = table.layout(spec.stream);
  const std::byte* record = find(spec.stream);
  if (!record) return {range.contains(0), kNever};
  const bool pending = packed::load<std::uint8_t>(record + packed::kPendingAt) > 0;
  if (spec.window.count() == 0 && !pending)
    return {range.contains(packed::load<std::uint32_t>(record + packed::kCountAt)), kNever};
  if (spec.window.count() == 0 || (layout.role == Role::kHash && pending)) {
    const Reading reading = read(table, aggregate, now);
    return {range.contains(static_cast<std::uint64_t>(reading.value.number())), reading.until};
  }
  const Log log(record, layout);
  const std::int64_t leaves = spec.offset.count() + spec.window.count();
  if (!pending && spec.offset.count() == 0) return falling(log, leaves, range, now);
  const Window window(log, spec, to_millis(now));
  return window.end < log.size() ? sweep(window, range) : falling(log, leaves, range, now);
}

// The lead can only be lost to entries that leave the window ahead or come into the one behind: so
// not before one of the two made up for half of it.
Time AggregateState::race_until(const AggregateTable& table,
                                const CountRace& race,
                                Time now) const {
  const AggregateSpec& left = table.aggregate(race.left);
  const AggregateSpec& right = table.aggregate(race.right);
  const std::byte* const left_record = find(left.stream);
  const std::byte* const right_record = find(right.stream);
  if (!left_record || !right_record) return kBeginning;
  const Log left_log(left_record, table.layout(left.stream));
  const Log right_log(right_record, table.layout(right.stream));
  if (left_log.wide() || right_log.wide()) return kBeginning;
  const Window left_window(left_log, left, to_millis(now));
  const Window right_window(right_log, right, to_millis(now));
  const double left_points = race.left_weight * static_cast<double>(left_window.count());
  const double right_points = race.right_weight * static_cast<double>(right_window.count());
  // Closer than this, rounding could tell the comparison otherwise.
  const double lead = std::abs(left_points - right_points) -
                      1e-9 * (race.left_weight + race.right_weight + left_points + right_points);
  if (lead <= 0) return kBeginning;
  const bool is_left = left_points > right_points;
  const Window& ahead = is_left ? left_window : right_window;
  const Window& behind = is_left ? right_window : left_window;
  const double ahead_weight = is_left ? race.left_weight : race.right_weight;
  const double behind_weight = is_left ? race.right_weight : race.left_weight;
  return std::min(made_by(ahead.log, ahead.begin, lead / 2, ahead_weight, ahead.leaves),
                  made_by(behind.log, behind.end, lead / 2, behind_weight, behind.enters));
}

}  // namespace millrace::expression
