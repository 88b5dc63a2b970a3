// Random lives of a few profiles, against a model that knows nothing of timers or indexes: it scans
// all events at every second, and decides every segment anew.
#include "engine/base/random.hpp"
#include "tests/support/operator_under_test.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr std::string_view kYaml = R"yaml(
let:
  spent: sum(purchase.revenue, 60s)
segments:
  loyal:   {when: "count(purchase, 30s) >= 3", keep: 20s}
  spender: {when: spent >= 5, until: spent < 2}
  lapsed:  exists(purchase) and since(purchase) >= 40s
  busy:    count(any, 10s) >= 2 and not in(lapsed)
  fresh:   age() < 15s
  looker:  {when: "ratio(view, purchase, 25s) > 1", until: "not exists(view, 30s)",
                           keep : 7s
}
  gold:    profile.plan == "gold"
  vip:     in(loyal) and (in(spender) or in(gold))
  before:  count(view, 10s, offset=5s) == 1
  buyer:   count(purchase) >= 2
)yaml";
constexpr std::array<std::string_view, 10> kSegments = {
    "loyal", "spender", "lapsed", "busy", "fresh", "looker", "gold", "vip", "before", "buyer"};

struct Act {
  char name;  // p v o: purchase, view, another
  Time time;
  double revenue;
};

// Everything about one profile, and what is said of it.
struct Person {
  Time first_seen = kNever;
  std::vector<Act> acts;
  std::string plan;
  struct In {
    std::optional<Time> lapsed;
    bool announced = true;
  };
  std::map<std::size_t, In> in;

  double count(char name, Time now, Duration window, Duration offset = 0s) const {
    return sum(name, now, window, offset, [](const Act&) { return 1.0; });
  }
  template <class Of>
  double sum(char name, Time now, Duration window, Duration offset, const Of& of) const {
    double all = 0;
    for (const Act& act : acts)
      if ((name == '*' || act.name == name) && act.time <= now - offset &&
          act.time > now - offset - window)
        all += of(act);
    return all;
  }

  bool holds(std::size_t segment) const { return in.count(segment) > 0; }

  bool when(std::size_t segment, Time now, bool did) const {
    constexpr Duration kEver = 100'000h;
    const auto revenue = [](const Act& act) { return act.revenue; };
    Time last = kBeginning;
    for (const Act& act : acts)
      if (act.name == 'p') last = std::max(last, act.time);
    switch (segment) {
      case 0:
        return count('p', now, 30s) >= 3;
      case 1: {
        const double spent = sum('p', now, 60s, 0s, revenue);
        return spent >= 5 || (did && spent >= 2);
      }
      case 2:
        return last != kBeginning && now - last >= 40s;
      case 3:
        return count('*', now, 10s) >= 2 && !holds(2);
      case 4:
        return now - first_seen < 15s;
      case 5: {
        const double views = count('v', now, 25s), orders = count('p', now, 25s);
        const bool more = orders == 0 ? views > 0 : views / orders > 1;
        return more || (did && count('v', now, 30s) > 0);
      }
      case 6:
        return plan == "gold";
      case 7:
        return holds(0) && (holds(1) || holds(6));
      case 8:
        return count('v', now, 10s, 5s) == 1;
      default:
        return count('p', now, kEver) >= 2;
    }
  }

  static Duration keep(std::size_t segment) {
    return segment == 0 ? Duration(20s) : segment == 5 ? Duration(7s) : Duration(0);
  }

  void decide(ProfileId profile, Time now, SaidList& said) {
    for (std::size_t i = 0; i < kSegments.size(); ++i) {
      const auto at = in.find(i);
      const bool was = at != in.end();
      const bool did = was && !at->second.lapsed;
      const bool now_holds = when(i, now, did);
      if (!was && !now_holds) continue;
      if (was && !now_holds && did) at->second.lapsed = now;
      if (was && !now_holds && *at->second.lapsed + keep(i) <= now) {
        if (at->second.announced) say(Said::Kind::kExit, i, now, profile, said);
        in.erase(at);
        continue;
      }
      In& one = in.try_emplace(i, In{std::nullopt, false}).first->second;
      if (now_holds) one.lapsed.reset();
      if (!one.announced) say(Said::Kind::kEnter, i, now, profile, said);
      one.announced = true;
    }
  }

  static void say(Said::Kind kind, std::size_t i, Time now, ProfileId profile, SaidList& said) {
    said.push_back({kind, std::string(kSegments[i]), now, profile});
  }
};

class World {
 public:
  explicit World(std::uint64_t seed)
      : random_(seed),
        rules_("rules",
               std::string(kYaml),
               {.events = {{"purchase", "Order Completed"}, {"view", "Product Viewed"}},
                .before = {{"features", ""}}}) {}

  void live() {
    for (int step = 0; step < 80; ++step) {
      const std::uint64_t what = random_.below(20);
      if (what == 0) {
        rules_.restart();
      } else if (what == 1) {
        merge();
      } else if (what < 9) {
        pass();
      } else {
        act(1 + random_.below(3), random_.chance(0.1));
      }
    }
  }

 private:
  // A second at a time: nothing can change in between, for all times are whole seconds.
  void pass() {
    const Duration duration = seconds(1 + random_.below(random_.chance(0.2) ? 60 : 8));
    SaidList expected;
    for (Time now = rules_.now() + 1s; now <= rules_.now() + duration; now += 1s)
      for (auto& [profile, person] : people_) person.decide(profile, now, expected);
    RC_ASSERT(rules_.advance(duration) == expected);
  }

  // Sometimes the clock goes on with the event, and no tick before it.
  void act(ProfileId profile, bool identified) {
    const Time now = rules_.now() + (random_.chance(0.15) ? seconds(random_.below(30)) : 0s);
    const Time time = random_.chance(0.25) ? now - seconds(random_.below(40)) : now;
    Person& person = people_[profile];
    person.first_seen = std::min(person.first_seen, now);
    EventBuilder event = track("Order Completed");
    if (identified) {
      person.plan = random_.chance(0.5) ? "gold" : "free";
      event = identify("42").with("traits.plan", person.plan);
    } else {
      const char name = "pvo"[random_.below(3)];
      const double revenue = static_cast<double>(random_.below(4));
      person.acts.push_back({name, time, revenue});
      if (name == 'p') event.with("properties.revenue", revenue);
      if (name == 'v') event = track("Product Viewed");
      if (name == 'o') event = page();
    }
    SaidList expected;
    person.decide(profile, now, expected);
    RC_ASSERT(rules_.push(event.profile(profile).at(time).received(now)).said == expected);
    catch_up();
  }

  // What others missed while the clock went on without a tick is said at the next one, with the
  // clock where it is.
  void catch_up() {
    SaidList expected;
    for (auto& [profile, person] : people_) person.decide(profile, rules_.now(), expected);
    SaidList said = rules_.advance(0s);
    const auto by_profile = [](const Said& a, const Said& b) { return a.profile < b.profile; };
    std::stable_sort(said.begin(), said.end(), by_profile);
    RC_ASSERT(said == expected);
  }

  void merge() {
    if (people_.size() < 2) return;
    const auto into = people_.begin(), from = std::next(into);
    SaidList expected;
    for (const auto& [i, one] : from->second.in)
      Person::say(Said::Kind::kExit, i, rules_.now(), from->first, expected);
    Person& ours = into->second;
    Person& theirs = from->second;
    ours.first_seen = std::min(ours.first_seen, theirs.first_seen);
    ours.acts.insert(ours.acts.end(), theirs.acts.begin(), theirs.acts.end());
    if (ours.plan.empty()) ours.plan = theirs.plan;
    for (const auto& [i, one] : theirs.in) {
      const auto [at, added] = ours.in.try_emplace(i, Person::In{one.lapsed, false});
      if (added) continue;
      if (!one.lapsed || !at->second.lapsed) {
        at->second.lapsed.reset();
      } else {
        at->second.lapsed = std::max(at->second.lapsed, one.lapsed);
      }
    }
    const ProfileId survivor = into->first, gone = from->first;
    people_.erase(from);
    RC_ASSERT(rules_.merge(survivor, gone) == expected);
    act(survivor, true);
  }

  Random random_;
  OperatorUnderTest rules_;
  std::map<ProfileId, Person> people_;
};

TEST(RulesProperty, SayWhatAScanOfAllEventsSays) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) { World(seed).live(); }));
}

}  // namespace
}  // namespace millrace
