#include "app/simulate/shopper.hpp"
#include "tests/unit/app/simulated.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

namespace millrace::simulate {
namespace {

using namespace std::chrono_literals;

// What one kind of shopper did in a month, per head.
struct Habits {
  double visits = 0;  // a quarter of an hour without an act ends one
  double events = 0;
  double orders = 0;
  double coupons = 0;
  double searches = 0;
  double identified = 0;  // share of events with a user id
  double at_night = 0;    // share of visits that begin from 2 to 5 by UTC
  double first_week = 0;  // share of events
  double last_week = 0;
};

Habits habits_of(std::string_view persona, std::string_view start = "2026-11-02") {
  const std::uint32_t shoppers = persona == "bot=1" ? 60 : 300;
  SimulationOptions options = month_of(shoppers);
  options.start = *parse_time(start);
  options.end = options.start + std::chrono::days(28);
  options.mix = parse_mix(persona).value();
  Habits habits;
  std::map<std::uint32_t, Time> last;
  Generator generator(options);
  while (const auto line = generator.next()) {
    const bool begins =
        !last.contains(line->shopper) || line->received - last[line->shopper] > 15min;
    last[line->shopper] = line->received;
    const auto hour = line->received - std::chrono::floor<std::chrono::days>(line->received);
    habits.visits += begins;
    habits.at_night += begins && hour >= 2h && hour < 5h;
    ++habits.events;
    habits.orders += line->act == Act::kOrder;
    habits.coupons += line->act == Act::kApplyCoupon;
    habits.searches += line->act == Act::kSearch;
    habits.identified += line->bytes.find("\"userId\":") != std::string_view::npos;
    habits.first_week += line->received < options.start + std::chrono::days(7);
    habits.last_week += line->received >= options.end - std::chrono::days(7);
  }
  habits.identified /= habits.events;
  habits.at_night /= habits.visits;
  habits.first_week /= habits.events;
  habits.last_week /= habits.events;
  for (double* total :
       {&habits.visits, &habits.events, &habits.orders, &habits.coupons, &habits.searches})
    *total /= shoppers;
  return habits;
}

TEST(Shopper, PersonasDiffer) {
  const Habits window = habits_of("window_shopper=1");
  const Habits bargain = habits_of("bargain_hunter=1");
  const Habits loyal = habits_of("loyal=1");
  const Habits lapsing = habits_of("lapsing=1");
  const Habits bot = habits_of("bot=1");
  EXPECT_GT(loyal.orders, 8 * window.orders);
  EXPECT_GT(loyal.orders, 1);
  EXPECT_GT(loyal.identified, 3 * window.identified);
  EXPECT_GT(bargain.coupons, 5 * window.coupons);
  EXPECT_GT(bargain.coupons / bargain.orders, 3 * loyal.coupons / loyal.orders);
  EXPECT_GT(bargain.searches / bargain.events, 1.5 * loyal.searches / loyal.events);
  EXPECT_LT(lapsing.last_week, 0.6 * lapsing.first_week);
  EXPECT_GT(loyal.last_week, 0.8 * loyal.first_week);
  EXPECT_EQ(bot.orders, 0);
  EXPECT_EQ(bot.identified, 0);
  EXPECT_GT(bot.events, 5 * window.events);
}

TEST(Shopper, GiftsAreBoughtBeforeHolidays) {
  const Habits season = habits_of("gift_season=1", "2026-11-20");
  const Habits summer = habits_of("gift_season=1", "2026-07-01");
  EXPECT_GT(season.orders, 8 * summer.orders);
  EXPECT_GT(season.visits, 8 * summer.visits);
}

TEST(Shopper, PeopleSleepAndBotsDoNot) {
  const double fair = 3.0 / 24;
  EXPECT_LT(habits_of("window_shopper=1").at_night, 0.75 * fair);
  EXPECT_NEAR(habits_of("bot=1").at_night, fair, 0.2 * fair);
}

// A cart holds what was added and not removed; an order is what the cart holds, and its amounts add
// up.
TEST(Shopper, OrdersAreWhatWasPutIntoTheCart) {
  std::map<std::uint32_t, std::map<std::string, double>> carts;
  std::set<std::string> order_ids;
  std::size_t several = 0;
  Reading event;
  for (const Kept& kept : run_simulation(month_of(400, 5))) {
    ASSERT_TRUE(event.read(kept.bytes));
    auto& cart = carts[kept.line.shopper];
    const std::string product = event.text("/properties/product_id");
    if (kept.line.act == Act::kAdd) cart[product] += event.number("/properties/quantity");
    if (kept.line.act == Act::kRemove &&
        (cart[product] -= event.number("/properties/quantity")) == 0)
      cart.erase(product);
    if (kept.line.act != Act::kOrder) continue;
    SCOPED_TRACE(kept.bytes);
    std::map<std::string, double> ordered;
    double subtotal = 0;
    for (const auto line : event.list("/properties/products")) {
      ordered[std::string(std::string_view(line["product_id"]))] += double(line["quantity"]);
      subtotal += double(line["price"]) * double(line["quantity"]);
    }
    EXPECT_EQ(ordered, cart);
    several += ordered.size() > 1 ? 1 : 0;
    cart.clear();
    const auto amount = [&](const char* name) {
      return event.number(std::string("/properties/") + name);
    };
    EXPECT_NEAR(amount("subtotal"), subtotal, 0.001);
    EXPECT_NEAR(amount("revenue"), subtotal - amount("discount"), 0.001);
    EXPECT_NEAR(amount("total"), amount("revenue") + amount("shipping") + amount("tax"), 0.001);
    EXPECT_EQ(amount("discount") > 0, event.has("/properties/coupon"));
    EXPECT_TRUE(order_ids.insert(event.text("/properties/order_id")).second);
  }
  EXPECT_GT(order_ids.size(), 200u);
  EXPECT_GT(several, 50u);
}

// Visits are anonymous first: ids become known by an identify, whose id was seen without a user
// before.
TEST(Shopper, IdentifiesAfterBeingAnonymous) {
  std::map<std::string, bool> known;  // anonymous id -> whether its last event had the user id
  std::size_t became_known = 0;
  std::size_t aliases = 0;
  Reading event;
  for (const Kept& kept : run_simulation(month_of(500, 9))) {
    ASSERT_TRUE(event.read(kept.bytes));
    const std::string id = event.text("/anonymousId");
    const bool has_user = event.has("/userId");
    const auto found = known.find(id);
    if (found != known.end() && has_user && !found->second) {
      ++became_known;
      ASSERT_EQ(event.text("/type"), "identify") << kept.bytes;
    }
    const bool was_known = found != known.end() && found->second;
    ASSERT_TRUE(has_user || !was_known) << "an id stays with its user: " << kept.bytes;
    known[id] = has_user;
    if (kept.line.act != Act::kAlias) continue;
    ++aliases;
    EXPECT_EQ(event.text("/previousId"), id);
    EXPECT_TRUE(has_user);
  }
  EXPECT_GT(became_known, 100u);
  EXPECT_GT(aliases, 5u);
}

TEST(Shopper, NewAnonymousIdsComeOnlyWithPages) {
  std::set<std::string> seen;
  Reading event;
  for (const Kept& kept : run_simulation(month_of(200, 3))) {
    ASSERT_TRUE(event.read(kept.bytes));
    const bool fresh = seen.insert(event.text("/anonymousId")).second;
    ASSERT_TRUE(!fresh || kept.line.act == Act::kPage) << kept.bytes;
  }
  EXPECT_GT(seen.size(), 250u);
}

}  // namespace
}  // namespace millrace::simulate
