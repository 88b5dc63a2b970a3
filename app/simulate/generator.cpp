#include "app/simulate/generator.hpp"

#include "engine/base/json_writer.hpp"

#include <algorithm>
#include <functional>

namespace millrace::simulate {
namespace {

// An SDK queues what it was told and sends it a moment later; in milliseconds.
constexpr Duration kLeastQueued{4};
constexpr std::uint64_t kQueuedSpread = 36;

// Beyond this many lines on their way events are on time and sent once: memory follows the number
// of shoppers.
constexpr std::size_t kHeldAlways = 4096;

}  // namespace

Generator::Generator(const SimulationOptions& options)
    : world_{.seed = options.seed, .start = options.start, .mix = options.mix},
      end_(options.end),
      dirt_(options.seed, options.dirt),
      writer_(world_, options.tell_receipt),
      held_max_(kHeldAlways + options.shoppers) {
  CHECK(options.shoppers > 0);
  shoppers_.reserve(options.shoppers);
  turns_.reserve(options.shoppers);
  for (std::uint32_t number = 0; number < options.shoppers; ++number) {
    shoppers_.emplace_back(world_, number);
    turns_.push_back({.time = shoppers_.back().next(), .shopper = number});
  }
  std::make_heap(turns_.begin(), turns_.end(), std::greater<>());
}

std::optional<Line> Generator::next() {
  for (;;) {
    const bool shoppers_left = turns_.front().time < end_;
    if (!held_.empty() && (!shoppers_left || held_.front().line.received <= turns_.front().time))
      return release();
    if (!shoppers_left) return std::nullopt;
    if (const auto line = act()) return line;
  }
}

// The next act of the shopper whose turn it is. Nothing if its line arrives later.
std::optional<Line> Generator::act() {
  std::pop_heap(turns_.begin(), turns_.end(), std::greater<>());
  Turn& turn = turns_.back();
  Shopper& shopper = shoppers_[turn.shopper];
  Dirt::Fate fate = dirt_.fate();
  if (held_.size() >= held_max_) {
    fate.late = Duration(0);
    fate.repeated.reset();
  }
  Line line{
      .received = turn.time + fate.late, .shopper = turn.shopper, .malformed = fate.malformed};
  line.act = shopper.perform(world_);
  line.late = fate.late > Duration(0);
  line.oversized = fate.oversized;
  // A turn is when the SDK sends, so that lines come in the order of sentAt; it was done a moment
  // before.
  const Duration queued =
      kLeastQueued + Duration(static_cast<std::int64_t>(shopper.random_bits() % kQueuedSpread));
  const Duration skew = dirt_.skew_of(turn.shopper, shopper.device_index());
  line.skewed = skew != Duration(0);
  const Duration shift = clock_ ? *clock_ - turn.time : Duration(0);
  bytes_.clear();
  writer_.write(bytes_,
                shopper,
                {.act = line.act,
                 .occurred = turn.time - queued + skew + shift,
                 .sent = line.received + skew + shift,
                 .received = line.received + shift});
  if (fate.malformed) dirt_.damage(bytes_, *fate.malformed, writer_);
  if (fate.oversized) dirt_.inflate(bytes_);
  shopper.plan(world_);
  turn.time = shopper.next();
  std::push_heap(turns_.begin(), turns_.end(), std::greater<>());
  if (fate.repeated) hold_again(line, *fate.repeated, shift);
  if (line.late) {
    hold(line, bytes_);
    return std::nullopt;
  }
  line.bytes = bytes_;
  give_out(line);
  return line;
}

// A retry sends the same event, message id and all, with a new sentAt.
void Generator::hold_again(Line line, Duration later, Duration shift) {
  line.duplicate = true;
  line.received += later;
  std::string bytes = bytes_;
  const Duration skew = dirt_.skew_of(line.shopper, shoppers_[line.shopper].device_index());
  writer_.move_sent_at(bytes, line.received + skew + shift, line.received + shift);
  hold(line, std::move(bytes));
}

void Generator::hold(const Line& line, std::string bytes) {
  held_.push_back({.line = line, .order = held_ever_++, .bytes = std::move(bytes)});
  std::push_heap(held_.begin(), held_.end(), std::greater<>());
}

Line Generator::release() {
  std::pop_heap(held_.begin(), held_.end(), std::greater<>());
  Line line = held_.back().line;
  bytes_ = std::move(held_.back().bytes);
  held_.pop_back();
  line.bytes = bytes_;
  give_out(line);
  return line;
}

void Generator::give_out(const Line& line) {
  ++counts_.lines;
  counts_.bytes += line.bytes.size();
  counts_.late += line.late ? 1 : 0;
  counts_.skewed += line.skewed ? 1 : 0;
  if (line.malformed) {
    ++counts_.malformed;
    ++counts_.malformed_by_kind[static_cast<std::size_t>(*line.malformed)];
  } else if (line.oversized) {
    ++counts_.oversized;
  } else if (line.duplicate) {
    ++counts_.duplicates;
  } else {
    ++counts_.events;
    ++counts_.events_by_act[static_cast<std::size_t>(line.act)];
  }
}

std::string Generator::truth_of(std::uint32_t number) const {
  const Shopper& shopper = shoppers_[number];
  std::string out;
  std::string text;
  JsonWriter json(out);
  const auto ids = [&](std::string_view key, std::uint32_t Device::*set) {
    json.key(key).array();
    for (std::size_t device = 0; device < shopper.devices().size(); ++device) {
      for (std::uint8_t generation = 0; generation < Device::kMaxGenerations; ++generation) {
        if ((shopper.devices()[device].*set >> generation & 1) == 0) continue;
        text.clear();
        put_anonymous_id(text, world_.seed, number, device, generation);
        json.value(text);
      }
    }
    json.end();
  };
  json.object().key("shopper").value(number).key("persona").value(
      traits_of(shopper.persona()).name);
  if (shopper.registered()) {
    put_user_id(text, world_.seed, number);
    json.key("userId").value(text);
  }
  text.clear();
  put_email(text, world_.seed, number);
  json.key("email").value(text).key("orders").value(shopper.orders());
  ids("anonymousIds", &Device::used);
  ids("linkedIds", &Device::linked);
  ids("emailIds", &Device::told_email);
  json.end();
  return out;
}

}  // namespace millrace::simulate
