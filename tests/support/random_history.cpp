#include "tests/support/random_history.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;

class Historian {
 public:
  Historian(const OperatorUnderTest& op, std::uint64_t seed, const HistoryOptions& options)
      : op_(op), random_(seed), options_(options), now_(op.now()) {}

  HistoryStep next() {
    if (random_.chance(0.3)) return pass();
    if (options_.epochs && op_.gathers() && random_.chance(0.05)) return EpochStep();
    if (options_.merges && alive_.size() > 1 && random_.chance(0.06)) return merge();
    return event();
  }

 private:
  template <class T, std::size_t N>
  const T& one_of(const T (&choices)[N]) {
    return choices[random_.below(N)];
  }

  Duration length() {
    constexpr Duration kScales[] = {100ms, 10s, 5min, 1h, 30h, 24h * 20};
    return Duration(1 + random_.below(static_cast<std::uint64_t>(one_of(kScales).count())));
  }

  HistoryStep pass() {
    const Duration duration = length();
    now_ += duration;
    return Pass{duration};
  }

  HistoryStep merge() {
    const std::size_t at = 1 + random_.below(alive_.size() - 1);
    const ProfileId from = alive_[at];
    const ProfileId into = alive_[random_.below(at)];
    alive_.erase(alive_.begin() + static_cast<std::ptrdiff_t>(at));
    return Merge{from, into};
  }

  // By number, so that merges go from the younger to the older.
  ProfileId profile() {
    if (alive_.empty() || (alive_.size() < options_.profiles && random_.chance(0.3))) {
      alive_.push_back(++made_);
      return made_;
    }
    return alive_[random_.below(alive_.size())];
  }

  HistoryStep event() {
    EventBuilder event = call();
    event.profile(profile()).message("m" + std::to_string(random_.below(40)));
    event.source(random_.chance(0.8) ? "site" : "app");
    if (random_.chance(0.3)) event.at(now_ - length());
    for (const auto& field : op_.catalog().projection.fields()) add_value(field, event);
    return event;
  }

  // Any event that the catalog knows a name of, or a call of another kind.
  EventBuilder call() {
    const NameTable& names = op_.catalog().names;
    const auto name = static_cast<NameId>(random_.below(names.size() + 2));
    const std::string text(name < names.size() ? names.text(name) : "Something Else");
    switch (name) {
      case kPageName:
        return page("Home");
      case kScreenName:
        return screen("Home");
      case kIdentifyName:
        return identify("user");
      case kGroupName:
        return group("group");
      case kAliasName:
        return alias("previous", "user");
      default:
        break;
    }
    if (names.find_derived(text) == kOtherName) return track(text);
    if (text.starts_with("enter(")) return {EventKind::kEnter, text};
    if (text.starts_with("exit(")) return {EventKind::kExit, text};
    return derived(text);
  }

  void add_value(const Projection::Field& field, EventBuilder& event) {
    constexpr double kNumbers[] = {0, 1, 2, -1, 0.5, 12.25, 99.99, 1000, 1e6, -3e9, 1e300};
    constexpr std::string_view kTexts[] = {"", "a", "b", "red", "DE", "EUR", "12", "true", "x y"};
    if (field.as_time && random_.chance(0.7)) {
      event.with(field.path, now_ - length());
      return;
    }
    switch (random_.below(8)) {
      case 0:
        return;
      case 1:
        event.with(field.path, nullptr);
        return;
      case 2:
        event.with(field.path, random_.chance(0.5));
        return;
      case 3:
      case 4:
        event.with(field.path, one_of(kTexts));
        return;
      default:
        event.with(field.path, one_of(kNumbers));
        return;
    }
  }

  const OperatorUnderTest& op_;
  Random random_;
  const HistoryOptions options_;
  Time now_;
  ProfileId made_ = 0;
  std::vector<ProfileId> alive_;
};

struct Player {
  OperatorUnderTest& op;

  Outcome operator()(const EventBuilder& event) const { return op.push(event); }
  Outcome operator()(const Pass& pass) const { return {"", "", op.advance(pass.duration)}; }
  Outcome operator()(const Merge& merge) const {
    return {"", "", op.merge(merge.into, merge.from)};
  }
  Outcome operator()(const EpochStep& /*epoch*/) const {
    op.epoch();
    return {};
  }
};

}  // namespace

History random_history(const OperatorUnderTest& op,
                       std::uint64_t seed,
                       const HistoryOptions& options) {
  Historian historian(op, seed, options);
  History history;
  for (std::size_t step = 0; step < options.steps; ++step) history.push_back(historian.next());
  return history;
}

Outcome play(OperatorUnderTest& op, const HistoryStep& step) {
  return std::visit(Player{op}, step);
}

}  // namespace millrace
