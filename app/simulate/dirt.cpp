#include "app/simulate/dirt.hpp"

#include "engine/base/hash.hpp"

#include <algorithm>

namespace millrace::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kNames[kMalformedKinds] = {
    "truncated", "garbage_tail", "bad_utf8", "wrong_type", "missing_ids"};

Duration millis_of(double millis) { return Duration(static_cast<std::int64_t>(millis)); }

}  // namespace

DirtRates usual_dirt() {
  return {.duplicates = 0.01,
          .late = 0.02,
          .max_late = 6h,
          .malformed = 0.001,
          .oversized = 0.0001,
          .clock_skew = 0.01};
}

std::string_view name_of(Malformed kind) { return kNames[static_cast<std::size_t>(kind)]; }

Dirt::Fate Dirt::fate() {
  Fate fate;
  double pick = random_.uniform();
  if (pick < rates_.malformed) {
    fate.malformed = static_cast<Malformed>(random_.below(kMalformedKinds));
    return fate;
  }
  pick -= rates_.malformed;
  if (pick < rates_.oversized) {
    fate.oversized = true;
    return fate;
  }
  // Devices that were offline: mostly for minutes, some until the bound.
  const double bound = static_cast<double>(rates_.max_late.count());
  if (random_.chance(rates_.late))
    fate.late = 1s + millis_of(std::min(bound - 1000, random_.exponential(bound / 4)));
  // A retry follows soon; one from a queue that outlived the page comes hours later.
  if (random_.chance(rates_.duplicates))
    fate.repeated = 200ms + millis_of(random_.exponential(random_.chance(0.8) ? 5'000 : 3'600'000));
  return fate;
}

Duration Dirt::skew_of(std::uint32_t shopper, std::size_t device) const {
  if (rates_.clock_skew == 0) return 0ms;
  Random random(mix64(seed_ ^ 0x5ce3) ^ mix64(shopper * std::uint64_t{4} + device));
  if (!random.chance(rates_.clock_skew)) return 0ms;
  // A wrong time zone, or a clock that ran away: up to a day, before or behind.
  const Duration skew = random.chance(0.5)
                            ? Duration(1h) * static_cast<std::int64_t>(1 + random.below(12))
                            : Duration(2s) + millis_of(random.uniform() * 86'400'000);
  return random.chance(0.5) ? skew : -skew;
}

void Dirt::damage(std::string& event, Malformed kind, const EventWriter& writer) {
  switch (kind) {
    case Malformed::kTruncated:
      event.resize(1 + random_.below(event.size() - 1));
      break;
    case Malformed::kGarbageTail: {
      constexpr std::string_view kTails[] = {"}", "{\"type\":\"track\"", "\x01\x02", "garbage"};
      event += kTails[random_.below(std::size(kTails))];
      break;
    }
    case Malformed::kBadUtf8: {
      // In place of the first character of an id: those are in strings and ASCII.
      constexpr char kBytes[] = {'\xff', '\xc0', '\xf8', '\x80'};
      const std::size_t last_quote = writer.ids_span().begin + writer.ids_span().size - 1;
      event[last_quote - 1 - random_.below(30)] = kBytes[random_.below(std::size(kBytes))];
      break;
    }
    case Malformed::kWrongType: {
      constexpr std::string_view kValues[] = {"17", "{}", "null"};
      event.replace(writer.type_span().begin,
                    writer.type_span().size,
                    kValues[random_.below(std::size(kValues))]);
      break;
    }
    case Malformed::kMissingIds:
      event.erase(writer.ids_span().begin, writer.ids_span().size);
      break;
  }
}

void Dirt::inflate(std::string& event) const {
  event.pop_back();
  event += R"(,"note":")";
  event.append(kOversizedBytes, 'x');
  event += "\"}";
}

}  // namespace millrace::simulate
