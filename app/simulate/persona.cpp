#include "app/simulate/persona.hpp"

#include <fmt/format.h>

#include <charconv>

namespace millrace::simulate {
namespace {

constexpr std::array<Traits, kPersonas> kTraits = {{
    {.name = "window_shopper",
     .share = 0.46,
     .sessions_a_week = 2.2,
     .views = 6,
     .dwell = 14,
     .search = 0.08,
     .focus = 0.35,
     .add = 0.05,
     .remove = 0.3,
     .checkout = 0.15,
     .abandon = 0.35,
     .coupon = 0.05,
     .registered = 0.15,
     .sign_up = 0.3,
     .devices = 3},
    {.name = "bargain_hunter",
     .share = 0.17,
     .sessions_a_week = 2.6,
     .views = 8,
     .dwell = 18,
     .search = 0.3,
     .focus = 0.3,
     .add = 0.16,
     .remove = 0.25,
     .checkout = 0.35,
     .abandon = 0.15,
     .coupon = 0.75,
     .registered = 0.5,
     .sign_up = 0.6,
     .devices = 2},
    {.name = "loyal",
     .share = 0.15,
     .sessions_a_week = 2.8,
     .views = 5,
     .dwell = 25,
     .search = 0.15,
     .focus = 0.75,
     .add = 0.25,
     .remove = 0.08,
     .checkout = 0.6,
     .abandon = 0.06,
     .coupon = 0.15,
     .registered = 0.95,
     .sign_up = 0.9,
     .devices = 3},
    {.name = "lapsing",
     .share = 0.12,
     .sessions_a_week = 2.6,
     .views = 5,
     .dwell = 22,
     .search = 0.15,
     .focus = 0.7,
     .add = 0.2,
     .remove = 0.12,
     .checkout = 0.5,
     .abandon = 0.1,
     .coupon = 0.15,
     .registered = 0.9,
     .sign_up = 0.8,
     .devices = 2},
    {.name = "gift_season",
     .share = 0.09,
     .sessions_a_week = 2.4,
     .views = 6,
     .dwell = 20,
     .search = 0.4,
     .focus = 0.15,
     .add = 0.35,
     .remove = 0.1,
     .checkout = 0.7,
     .abandon = 0.08,
     .coupon = 0.25,
     .registered = 0.3,
     .sign_up = 0.25,
     .devices = 2},
    {.name = "bot",
     .share = 0.01,
     .sessions_a_week = 8,
     .views = 50,
     .dwell = 1.2,
     .search = 0.02,
     .focus = 0.1,
     .add = 0,
     .remove = 0,
     .checkout = 0,
     .abandon = 1,
     .coupon = 0,
     .registered = 0,
     .sign_up = 0,
     .devices = 1},
}};

// From midnight on.
constexpr std::array<double, 24> kWorkday = {0.16, 0.08, 0.05, 0.04, 0.04, 0.07, 0.16, 0.30,
                                             0.40, 0.45, 0.48, 0.50, 0.60, 0.55, 0.48, 0.48,
                                             0.52, 0.60, 0.70, 0.85, 1.00, 0.98, 0.72, 0.38};
constexpr std::array<double, 24> kWeekend = {0.26, 0.15, 0.09, 0.06, 0.05, 0.06, 0.10, 0.20,
                                             0.38, 0.58, 0.74, 0.82, 0.80, 0.78, 0.80, 0.82,
                                             0.80, 0.78, 0.80, 0.90, 0.98, 0.90, 0.66, 0.40};

struct Days {
  int first;  // month * 100 + day
  int last;
};

constexpr Days kHolidays[] = {{1115, 1223}, {207, 213}, {501, 511}};
constexpr Days kSales[] = {{1120, 1130}, {102, 115}, {625, 710}};

template <std::size_t N>
bool within(const Days (&spans)[N], Time time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  const int day = static_cast<int>(static_cast<unsigned>(date.month()) * 100 +
                                   static_cast<unsigned>(date.day()));
  for (const Days& span : spans)
    if (day >= span.first && day <= span.last) return true;
  return false;
}

std::string all_names() {
  std::string names;
  for (const Traits& traits : kTraits)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", traits.name);
  return names;
}

}  // namespace

const Traits& traits_of(Persona persona) { return kTraits[static_cast<std::size_t>(persona)]; }

double season_of(Persona persona, Time time) {
  switch (persona) {
    case Persona::kGiftSeason:
      return within(kHolidays, time) ? 1.0 : 0.05;
    case Persona::kBargainHunter:
      return within(kSales, time) ? 1.0 : 0.6;
    case Persona::kBot:
      return 1.0;
    default:
      return within(kHolidays, time) ? 1.0 : 0.8;
  }
}

PersonaMix default_mix() {
  PersonaMix mix{};
  for (std::size_t i = 0; i < kPersonas; ++i) mix[i] = kTraits[i].share;
  return mix;
}

Result<PersonaMix> parse_mix(std::string_view text) {
  PersonaMix mix{};
  double sum = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const std::string_view name = part.substr(0, part.find('='));
    std::size_t index = 0;
    while (index < kPersonas && kTraits[index].name != name) ++index;
    if (index == kPersonas)
      return Error{fmt::format("'{}' is no persona; there are {}", name, all_names())};
    const std::string_view digits = part.substr(std::min(part.size(), name.size() + 1));
    const char* const end = digits.data() + digits.size();
    double weight = 0;
    const auto [stop, code] = std::from_chars(digits.data(), end, weight);
    // The comparison also refuses what is not a number.
    if (code != std::errc{} || stop != end || !(weight >= 0 && weight <= 1e9))
      return Error{fmt::format("'{}': expected a weight, such as {}=0.2", part, name)};
    mix[index] = weight;
  }
  for (const double weight : mix) sum += weight;
  if (sum <= 0) return Error{"the persona mix is empty"};
  for (double& weight : mix) weight /= sum;
  return mix;
}

double rhythm_of(Time local) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  const auto hour = static_cast<std::size_t>((local - day) / std::chrono::hours(1));
  return weekday == 0 || weekday == 6 ? kWeekend[hour] : kWorkday[hour];
}

double mean_rhythm() {
  double sum = 0;
  for (std::size_t hour = 0; hour < 24; ++hour) sum += 5 * kWorkday[hour] + 2 * kWeekend[hour];
  return sum / 168;
}

}  // namespace millrace::simulate
