// Cuts what a profile does into sessions: runs of activity without a long gap.
//
// A session is made of event times, so that a late delivery does not stretch it. It is open from
// its first event until `bound`: a gap after its last activity, or its greatest length after its
// start. Events at the bound or later are of the next session. session_end says the time of the
// last activity, and comes when the lane's clock gets to the bound, or just before the next
// session_start if that is earlier. SessionState of a profile do not overlap.
//
// Late events change nothing and are counted: those from before the session, or from before the end
// of the session that was; and those that are older than the gap when there is no session that they
// belong to, since theirs would be over at once.
#include "engine/base/codec.hpp"
#include "engine/config/checker.hpp"
#include "engine/operator/profile_view.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <algorithm>
#include <chrono>

namespace millrace {
namespace {

struct SessionsConfig {
  Duration gap = std::chrono::minutes(30);
  Duration max = std::chrono::hours(24);

  static constexpr auto fields() {
    using std::chrono::days;
    using std::chrono::seconds;
    return std::tuple{
        config::field("gap",
                      &SessionsConfig::gap,
                      "How long after its last event a session ends.",
                      {.min = seconds(1), .max = days(1)}),
        config::field("max",
                      &SessionsConfig::max,
                      "How long a session lasts at most; the next event begins another.",
                      {.min = seconds(1), .max = days(30)}),
    };
  }
  void check(config::Checker& checker) const {
    if (max < gap)
      checker.problem("max", "a session that is shorter than its gap never ends by it");
  }
};

// What is known of one profile's sessions.
struct SessionState {
  static constexpr std::uint32_t kVersion = 1;

  static constexpr std::int64_t kFarthest = std::int64_t{1} << 53;  // ms; beyond is damage

  Time start = kNever;     // of the open session; kNever if there is none
  Time last = kBeginning;  // activity, of the open session or the one before
  std::uint32_t count = 0;
  std::uint64_t events = 0;  // of the open session: at least the one that began it

  bool open() const { return start != kNever; }
  Time bound(const SessionsConfig& config) const {
    return std::min(last + config.gap, start + config.max);
  }
  void close() {
    start = kNever;
    events = 0;
  }

  bool empty() const { return count == 0; }
  void encode(ByteWriter& to) const {
    to.varint(count);
    to.time(last);
    to.varint(events);
    if (events > 0) to.varint(static_cast<std::uint64_t>((last - start).count()));
  }
  bool decode(ByteReader& from, std::uint32_t version) {
    if (version != kVersion) return false;
    count = static_cast<std::uint32_t>(from.varint());
    last = from.time();
    events = from.varint();
    const std::uint64_t length = events > 0 ? from.varint() : 0;
    if (!from.ok() || count == 0 || length > kFarthest || last < from_millis(-kFarthest) ||
        last > from_millis(kFarthest))
      return false;
    if (events > 0) start = last - Duration(length);
    return true;
  }
  std::size_t heap_bytes() const { return 0; }
};

// Two open sessions become one if they touch. If not, the earlier was over, and only its timer had
// not fired yet.
bool over_before(const SessionState& a, const SessionState& b, const SessionsConfig& config) {
  return a.open() && b.open() && a.bound(config) <= b.start;
}

struct SessionCodec : MemberCodec<SessionState> {
  SessionsConfig config;

  void merge(SessionState& into, SessionState& from) const {
    if (over_before(into, from, config)) into.close();
    if (over_before(from, into, config)) from.close();
    into.count += from.count;
    if (into.open() && from.open()) {
      --into.count;
      into.start = std::min(into.start, from.start);
      into.last = std::max(into.last, from.last);
    } else if (from.open()) {
      into.start = from.start;
      into.last = from.last;
    } else if (!into.open()) {
      into.last = std::max(into.last, from.last);
    }
    into.events += from.events;
  }
};

class Sessions final : public Operator {
 public:
  using Config = SessionsConfig;
  static constexpr std::string_view kName = "sessions";
  static constexpr std::string_view kSummary =
      "Cuts a profile's events into sessions, and emits session_start and session_end.";

  Sessions(const Config& config, Lane& lane)
      : config_(config),
        lane_(lane),
        state_(lane.state<SessionState>("session", SessionCodec{{}, config})),
        end_(lane.timer("end")),
        session_start_(lane.catalog().names.add_derived("session_start")),
        session_end_(lane.catalog().names.add_derived("session_end")),
        late_(lane.counter("late")) {}

  Verdict process(Event& event, Output& out) override {
    if (event.kind < EventKind::kDerived) note(event, state_[event.slot], out);
    return Verdict::keep();
  }

  void on_timer(const Timer& timer, Output& out) override {
    SessionState& state = state_[timer.slot];
    if (!state.open()) return;
    // A merge leaves the earlier of two timers.
    if (lane_.now() < state.bound(config_)) return arm(timer.slot, state);
    end(state, out);
  }

  void on_merge(Slot into, Slot from, Output& out) override {
    const SessionState& a = state_[into];
    const SessionState& b = state_[from];
    if (over_before(a, b, config_)) out.emit(session_end_, a.last);
    if (over_before(b, a, config_)) out.emit(session_end_, b.last);
  }

  void show(Slot slot, ProfileView& view) const override {
    const SessionState& state = state_[slot];
    if (state.empty()) return;
    view.put("sessions", "count", Value::of(static_cast<double>(state.count)));
    view.put("sessions", "open", Value::of(state.open()));
    view.put("sessions", "last_active", Value::of(state.last));
    if (!state.open()) return;
    view.put("sessions", "started", Value::of(state.start));
    view.put("sessions", "events", Value::of(static_cast<double>(state.events)));
  }

 private:
  void note(const Event& event, SessionState& state, Output& out) {
    if (state.open() && event.time < state.bound(config_)) {
      if (event.time < state.start) {
        ++late_;
        return;
      }
      ++state.events;
      if (event.time <= state.last) return;
      state.last = event.time;
      arm(event.slot, state);
      return;
    }
    if (event.time < state.last || event.time + config_.gap <= lane_.now()) {
      ++late_;
      return;
    }
    if (state.open()) end(state, out);
    state.start = state.last = event.time;
    state.events = 1;
    ++state.count;
    out.emit(session_start_, event.time);
    arm(event.slot, state);
  }

  void end(SessionState& state, Output& out) {
    out.emit(session_end_, state.last);
    state.close();
  }

  void arm(Slot slot, const SessionState& state) {
    lane_.set_timer(slot, end_, state.bound(config_));
  }

  const Config config_;
  Lane& lane_;
  KeyedState<SessionState, SessionCodec>& state_;
  const TimerId end_;
  const NameId session_start_;
  const NameId session_end_;
  std::uint64_t& late_;
};

}  // namespace

void add_sessions(Registry& registry) { registry.add<Sessions>(); }

}  // namespace millrace
