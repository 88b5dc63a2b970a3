// Drops copies of events that senders repeat: SDKs retry what was not acknowledged, proxies and
// tabs send twice.
#include "engine/base/codec.hpp"
#include "engine/base/compact_vector.hpp"
#include "engine/base/hash.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <algorithm>
#include <chrono>

namespace millrace {
namespace {

using std::chrono::seconds;

// The receipt clock in whole seconds, as ids are stamped; good until the year 2106.
std::uint32_t stamp_of(Time time) {
  const auto count = std::chrono::floor<seconds>(time).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, ~std::uint32_t{0}));
}
Time time_of(std::uint32_t stamp) { return Time(seconds(stamp)); }

// The ids of one profile's events, oldest first, 12 bytes each.
//
// An id is a 64-bit hash of its source and message id. Two different events of one profile are
// taken for copies with a probability of n / 2^64, n being the ids remembered: with the default
// bound, at a billion events a day, one event in 13,000 years.
class SeenIds {
 public:
  static constexpr std::uint32_t kVersion = 1;

  std::uint32_t size() const { return lows_.size(); }
  bool empty() const { return lows_.empty(); }
  std::uint32_t oldest() const { return rest_[0].stamp; }

  // Whether the id was added at `since` or later.
  bool contains(std::uint64_t id, std::uint32_t since) const {
    const auto low = static_cast<std::uint32_t>(id);
    const std::uint32_t end = size();
    std::uint32_t at = first_since(since);
    // A fixed number at a time, without leaving early, compiles to vector instructions.
    constexpr std::uint32_t kStride = 32;
    for (; at + kStride <= end; at += kStride) {
      const std::uint32_t* const lows = lows_.begin() + at;
      std::uint32_t found = 0;
      for (std::size_t i = 0; i < kStride; ++i) found |= lows[i] == low ? 1U : 0U;
      if (found != 0 && contains_in(id, at, at + kStride)) return true;
    }
    return contains_in(id, at, end);
  }

  // Precondition: `stamp` is not before that of any other id.
  void add(std::uint64_t id, std::uint32_t stamp) {
    lows_.push_back(static_cast<std::uint32_t>(id));
    rest_.push_back({static_cast<std::uint32_t>(id >> 32), stamp});
  }

  void forget_before(std::uint32_t stamp) { forget(first_since(stamp)); }
  void forget(std::uint32_t count) {
    lows_.erase(0, count);
    rest_.erase(0, count);
  }

  void encode(ByteWriter& to) const {
    to.varint(size());
    std::uint32_t previous = 0;
    for (std::uint32_t i = 0; i < size(); ++i) {
      to.varint(rest_[i].stamp - previous);
      to.fixed64(id(i));
      previous = rest_[i].stamp;
    }
  }
  bool decode(ByteReader& from, std::uint32_t version) {
    if (version != kVersion) return false;
    std::uint64_t stamp = 0;
    for (std::uint64_t left = from.varint(); left > 0 && from.ok(); --left) {
      stamp += from.varint();
      const std::uint64_t id = from.fixed64();
      if (stamp > ~std::uint32_t{0}) from.fail();
      if (from.ok()) add(id, static_cast<std::uint32_t>(stamp));
    }
    return from.ok();
  }
  // All of both, so that a copy is known whichever of the profiles saw its original.
  void merge(const SeenIds& other) {
    SeenIds both;
    both.lows_.reserve(size() + other.size());
    both.rest_.reserve(size() + other.size());
    std::uint32_t theirs = 0;
    for (std::uint32_t ours = 0; ours < size(); ++ours) {
      for (; theirs < other.size() && other.rest_[theirs].stamp < rest_[ours].stamp; ++theirs)
        both.add(other.id(theirs), other.rest_[theirs].stamp);
      both.add(id(ours), rest_[ours].stamp);
    }
    for (; theirs < other.size(); ++theirs) both.add(other.id(theirs), other.rest_[theirs].stamp);
    *this = std::move(both);
  }
  std::size_t heap_bytes() const { return lows_.heap_bytes() + rest_.heap_bytes(); }
  void prefetch_heap() const {
    lows_.prefetch();
    rest_.prefetch();
  }

 private:
  struct Rest {
    std::uint32_t high;
    std::uint32_t stamp;
  };

  std::uint64_t id(std::uint32_t i) const {
    return static_cast<std::uint64_t>(rest_[i].high) << 32 | lows_[i];
  }
  bool contains_in(std::uint64_t wanted, std::uint32_t from, std::uint32_t to) const {
    for (std::uint32_t i = from; i < to; ++i)
      if (lows_[i] == static_cast<std::uint32_t>(wanted) && id(i) == wanted) return true;
    return false;
  }
  std::uint32_t first_since(std::uint32_t stamp) const {
    if (empty() || oldest() >= stamp) return 0;  // mostly, and without a search
    const auto older = [](const Rest& rest, std::uint32_t than) { return rest.stamp < than; };
    return static_cast<std::uint32_t>(std::lower_bound(rest_.begin(), rest_.end(), stamp, older) -
                                      rest_.begin());
  }

  // Apart, because only low halves are searched: a third of the memory to go through.
  CompactVector<std::uint32_t> lows_;
  CompactVector<Rest> rest_;
};

// Keeps the bound when profiles merge, too.
struct SeenIdsCodec : MemberCodec<SeenIds> {
  std::uint32_t ids_max = 0;
  std::uint64_t* forgotten = nullptr;

  void merge(SeenIds& into, SeenIds& from) const {
    into.merge(from);
    if (into.size() <= ids_max) return;
    *forgotten += into.size() - ids_max;
    into.forget(into.size() - ids_max);
  }
};

struct DedupeConfig {
  Duration window = std::chrono::hours(24);
  std::uint32_t ids_max = 4096;

  static constexpr auto fields() {
    return std::tuple{
        config::field("window",
                      &DedupeConfig::window,
                      "How long after its receipt an event's copies are dropped; up to a second "
                      "longer.",
                      {.min = seconds(1), .max = std::chrono::days(30)}),
        config::field("ids_max",
                      &DedupeConfig::ids_max,
                      "Message ids remembered for a profile; past it the oldest are forgotten, and "
                      "counted.",
                      {.min = 16, .max = 1'048'576}),
    };
  }
};

class Dedupe final : public Operator {
 public:
  using Config = DedupeConfig;
  static constexpr std::string_view kName = "dedupe";
  static constexpr std::string_view kSummary =
      "Drops an event whose source and message id the same profile has had within a window.";

  Dedupe(const Config& config, Lane& lane)
      : config_(config),
        lane_(lane),
        forgotten_(lane.counter("forgotten")),
        seen_(lane.state<SeenIds>("seen", SeenIdsCodec{{}, config.ids_max, &forgotten_})),
        cleanup_(lane.timer("cleanup")) {}

  Verdict process(Event& event, Output& /*out*/) override {
    if (event.kind >= EventKind::kDerived || event.message_id.empty()) return Verdict::keep();
    SeenIds& seen = seen_[event.slot];
    const std::uint64_t id = hash64(event.message_id, hash64(event.source));
    if (seen.contains(id, oldest_that_counts())) return Verdict::drop("duplicate");
    if (seen.empty()) lane_.set_timer(event.slot, cleanup_, expiry(stamp_of(lane_.now())));
    if (seen.size() >= config_.ids_max) make_room(seen);
    seen.add(id, stamp_of(lane_.now()));
    return Verdict::keep();
  }

  // Set as long as there are ids. Looks again after a quarter of the window at the earliest, so
  // that a busy profile is not cleaned up every second; what is past the window does not count
  // until then.
  void on_timer(const Timer& timer, Output& /*out*/) override {
    SeenIds& seen = seen_[timer.slot];
    seen.forget_before(oldest_that_counts());
    if (seen.empty()) return;
    lane_.set_timer(
        timer.slot, cleanup_, std::max(expiry(seen.oldest()), lane_.now() + config_.window / 4));
  }

 private:
  std::uint32_t oldest_that_counts() const { return stamp_of(lane_.now() - config_.window); }
  // The first moment at which an id of this stamp does not count.
  Time expiry(std::uint32_t stamp) const { return time_of(stamp) + seconds(1) + config_.window; }

  // A sixteenth at a time: forgetting moves all that stay.
  void make_room(SeenIds& seen) {
    seen.forget_before(oldest_that_counts());
    if (seen.size() < config_.ids_max) return;
    const std::uint32_t count = seen.size() - config_.ids_max + config_.ids_max / 16;
    forgotten_ += count;
    seen.forget(count);
  }

  const Config config_;
  Lane& lane_;
  std::uint64_t& forgotten_;
  KeyedState<SeenIds, SeenIdsCodec>& seen_;
  const TimerId cleanup_;
};

}  // namespace

void add_dedupe(Registry& registry) { registry.add<Dedupe>(); }

}  // namespace millrace
