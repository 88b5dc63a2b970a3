// Random event streams, and what aggregates of them must be, by looking at every event.
#pragma once

#include "engine/base/random.hpp"
#include "tests/unit/expression/world.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace millrace::expression {

struct Happened {
  std::int64_t time, now;
  bool other = false;  // another event than `buy`
  double amount = 0;
  std::string sku;
};

// Short windows and times in milliseconds, so that edges are hit exactly; some events are late, and
// some early.
inline std::vector<Happened> random_history(Random& random, std::size_t events) {
  std::vector<Happened> all;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < events; ++i) {
    now += static_cast<std::int64_t>(random.below(8));
    Happened one{now,
                 now,
                 random.chance(0.2),
                 static_cast<double>(random.below(20)) - 5,
                 "s" + std::to_string(random.below(5))};
    if (random.chance(0.3)) one.time = now - static_cast<std::int64_t>(random.below(60));
    if (random.chance(0.2)) one.time = now + static_cast<std::int64_t>(random.below(30));
    all.push_back(one);
  }
  return all;
}

inline void happen(World& world, const Happened& one) {
  world.happens(one.other ? "view" : "buy",
                at(one.time),
                at(one.now),
                {{"amount", Value::of(one.amount)}, {"sku", Value::of(std::string_view(one.sku))}});
}

// What a text such as `sum(buy.amount, 40ms, offset=10ms)` is at `now`.
struct Model {
  std::string text;
  char function;  // c s a - + d f l: count sum avg min max distinct first last
  std::int64_t window = 0, offset = 0;
  bool large_only = false;  // where amount > 5
  bool any = false;

  std::vector<Happened> within(const std::vector<Happened>& events, std::int64_t now) const {
    std::vector<Happened> in;
    for (const auto& one : events) {
      if ((one.other && !any) || (large_only && one.amount <= 5) || one.time > now - offset)
        continue;
      if (window == 0 || one.time > now - offset - window) in.push_back(one);
    }
    std::stable_sort(in.begin(), in.end(), [](auto& a, auto& b) { return a.time < b.time; });
    return in;
  }

  // Nothing where it is missing.
  std::optional<double> expected(const std::vector<Happened>& events, std::int64_t now) const {
    const auto in = within(events, now);
    double sum = 0;
    std::set<std::string> skus;
    for (const auto& one : in) {
      sum += one.amount;
      skus.insert(one.sku);
    }
    const auto less = [](auto& a, auto& b) { return a.amount < b.amount; };
    const auto count = static_cast<double>(in.size());
    if (function == 'c') return count;
    if (function == 's') return sum;
    if (function == 'd') return static_cast<double>(skus.size());
    if (in.empty()) return std::nullopt;
    if (function == 'a') return sum / count;
    if (function == '-') return std::min_element(in.begin(), in.end(), less)->amount;
    if (function == '+') return std::max_element(in.begin(), in.end(), less)->amount;
    if (function == 'f') return static_cast<double>(in.front().time);
    if (function == 'l') return static_cast<double>(in.back().time);
    if (function == 'F') return in.front().amount;
    return in.back().amount;  // 'L'
  }
};

inline std::vector<Model> models() {
  return {
      {"count(buy, 40ms)", 'c', 40},
      {"count(buy, 17ms, offset=9ms)", 'c', 17, 9},
      {"count(any, 25ms)", 'c', 25, 0, false, true},
      {"count(buy)", 'c'},
      {"count(buy where amount > 5, 33ms)", 'c', 33, 0, true},
      {"sum(buy.amount, 40ms)", 's', 40},
      {"sum(buy.amount, 12ms, offset=20ms)", 's', 12, 20},
      {"sum(buy.amount)", 's'},
      {"avg(buy.amount, 21ms)", 'a', 21},
      {"avg(buy.amount)", 'a'},
      {"min(buy.amount, 30ms)", '-', 30},
      {"max(buy.amount, 30ms)", '+', 30},
      {"min(buy.amount)", '-'},
      {"max(buy.amount where amount > 5)", '+', 0, 0, true},
      {"distinct(buy.sku, 35ms)", 'd', 35},
      {"distinct(buy.sku, 5ms)", 'd', 5},
      {"first(buy)", 'f'},
      {"last(buy)", 'l'},
      {"first(buy, 30ms)", 'f', 30},
      {"last(buy, 30ms, offset=3ms)", 'l', 30, 3},
      {"first(buy.amount)", 'F'},
      {"last(buy.amount)", 'L'},
      {"last(buy.amount, 15ms)", 'L', 15},
  };
}

inline std::optional<double> number_in(const Value& value) {
  if (value.is(ValueKind::kNumber)) return value.number();
  if (value.is(ValueKind::kTime)) return static_cast<double>(to_millis(value.time()));
  return std::nullopt;
}

}  // namespace millrace::expression
