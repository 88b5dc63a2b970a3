// The kinds of shopper that a simulation has, and the figures that make them differ.
#pragma once

#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::simulate {

enum class Persona : std::uint8_t {
  kWindowShopper,  // looks often, hardly buys
  kBargainHunter,  // searches, waits for a coupon
  kLoyal,          // logged in, keeps to a category, buys
  kLapsing,        // like loyal, but comes less and less
  kGiftSeason,     // comes before holidays only, and buys at once
  kBot,            // many quick views at any hour, never a cart
};
inline constexpr std::size_t kPersonas = 6;

// Rates are probabilities unless they say otherwise.
struct Traits {
  std::string_view name;   // as on the command line and in the truth file
  double share;            // of all shoppers, unless a mix is given
  double sessions_a_week;  // averaged over the hours of a week in season
  double views;            // products looked at in a session, mean
  double dwell;            // seconds on a page, mean
  double search;           // search rather than go on by links
  double focus;            // stay in the favourite category
  double add;              // put a viewed product into the cart
  double remove;           // take one out after adding one
  double checkout;         // go on to the cart and pay, when a session with a full cart ends
  double abandon;          // give up, at each step of the checkout
  double coupon;           // have a coupon code at hand
  double registered;       // had an account before the first day
  double sign_up;          // make an account at the checkout, rather than order as a guest
  std::uint8_t devices;    // how many there are at most
};

const Traits& traits_of(Persona persona);

// How much likelier than at the least a visit is now, from 0 to 1: the season, for this persona.
double season_of(Persona persona, Time time);

// The share of each persona, adding up to 1.
using PersonaMix = std::array<double, kPersonas>;

PersonaMix default_mix();

// `loyal=3,bot=1`: weights; personas that are not named do not occur.
Result<PersonaMix> parse_mix(std::string_view text);

// Of the hours of the week, from 0 to 1: evenings are busy, nights are not; `local` is the
// shopper's wall clock.
double rhythm_of(Time local);

// The mean of rhythm_of over a week.
double mean_rhythm();

}  // namespace millrace::simulate
