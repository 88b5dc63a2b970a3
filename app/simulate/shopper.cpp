#include "app/simulate/shopper.hpp"

#include <algorithm>
#include <cmath>

namespace millrace::simulate {
namespace {

using namespace std::chrono_literals;

Duration seconds_of(double seconds) { return Duration(static_cast<std::int64_t>(seconds * 1000)); }

}  // namespace

Shopper::Shopper(const World& world, std::uint32_t number)
    : random_(mix64(world.seed ^ mix64(number + 1))), next_(world.start), number_(number) {
  double pick = random_.uniform();
  std::size_t persona = 0;
  while (persona + 1 < kPersonas && pick >= world.mix[persona]) pick -= world.mix[persona++];
  persona_ = static_cast<Persona>(persona);
  place_ = static_cast<std::uint8_t>(random_.below(places().size()));
  favourite_ = static_cast<CategoryId>(random_.below(Catalog::kCategories));
  registered_ = random_.chance(traits().registered);
  acquire_devices();
  // Most were customers before the simulation begins; the others find the shop while it runs.
  if (random_.chance(0.4)) next_ += seconds_of(random_.exponential(15 * 86'400.0));
  next_ = next_visit(world, next_);
}

void Shopper::acquire_devices() {
  device_count_ = static_cast<std::uint8_t>(1 + random_.below(traits().devices));
  for (std::size_t i = 0; i < device_count_; ++i) {
    std::uint8_t model = 0;
    do {
      model = static_cast<std::uint8_t>(random_.below(device_models().size()));
    } while ((device_models()[model].kind == DeviceKind::kBot) != (persona_ == Persona::kBot));
    devices_[i].model = model;
    // A customer of old is still logged in on the first device.
    devices_[i].logged_in = registered_ && i == 0 && random_.chance(0.6);
  }
}

// An inhomogeneous Poisson process by thinning (P. Lewis, G. Shedler, 1979): candidates come at the
// peak rate, and each is kept with the share of it that its hour and season have.
Time Shopper::next_visit(const World& world, Time from) {
  const double peak =
      traits().sessions_a_week / (persona_ == Persona::kBot ? 1.0 : world.mean_rhythm);
  const double mean_gap = 7 * 86'400.0 / peak;
  for (Time time = from;;) {
    time += seconds_of(random_.exponential(mean_gap)) + 1s;
    double kept = season_of(persona_, time);
    if (persona_ != Persona::kBot) kept *= rhythm_of(time + std::chrono::hours(place().hours_east));
    // Half as likely every ten days, but never quite gone.
    if (persona_ == Persona::kLapsing) {
      const auto halvings = (time - world.start) / std::chrono::days(10);
      kept *=
          std::max(0.02, std::ldexp(1.0, -static_cast<int>(std::min<std::int64_t>(halvings, 30))));
    }
    if (random_.chance(kept)) return time;
  }
}

Act Shopper::perform(const World& world) {
  switch (step_) {
    case Step::kArrive:
      arrive(world);
      return mark(Act::kPage);
    case Step::kCategoryPage:
      category_ = random_.chance(traits().focus)
                      ? favourite_
                      : static_cast<CategoryId>(random_.below(Catalog::kCategories));
      go_to(PageKind::kCategory, category_);
      return mark(Act::kPage);
    case Step::kSearchPage:
      go_to(PageKind::kSearch, static_cast<std::uint16_t>(random_.below(world.catalog.queries())));
      category_ =
          static_cast<CategoryId>(page_.item * Catalog::kCategories / world.catalog.queries());
      return mark(Act::kPage);
    case Step::kProductPage:
      choose_product(world);
      return mark(Act::kPage);
    case Step::kCartPage:
      go_to(PageKind::kCart, 0);
      return mark(Act::kPage);
    case Step::kCheckoutPage:
      go_to(PageKind::kCheckout, 0);
      return mark(Act::kPage);
    case Step::kViewList:
      return mark(Act::kViewList);
    case Step::kSearch:
      return mark(Act::kSearch);
    case Step::kViewProduct:
      if (page_.kind != PageKind::kProduct || page_.item != product_) choose_product(world);
      return mark(Act::kViewProduct);
    case Step::kAdd:
      add_to_cart();
      return mark(Act::kAdd);
    case Step::kRemove:
      remove_from_cart();
      return mark(Act::kRemove);
    case Step::kViewCart:
      return mark(Act::kViewCart);
    case Step::kApplyCoupon:
      coupon_ = true;
      return mark(Act::kApplyCoupon);
    case Step::kStartCheckout:
      checkout_step_ = 0;
      return mark(Act::kStartCheckout);
    case Step::kCompleteStep:
      ++checkout_step_;
      return mark(Act::kCompleteStep);
    case Step::kIdentify:
      identify();
      return mark(Act::kIdentify);
    case Step::kAlias:
      new_account_ = false;
      return mark(Act::kAlias);
    case Step::kGroup:
      return mark(Act::kGroup);
    case Step::kOrder:
      ++orders_;
      return mark(Act::kOrder);
    case Step::kLeave:
      break;
  }
  CHECK(false);  // leaving sends nothing: plan() never stops there
}

// Notes for the truth file what the act lets an observer know.
Act Shopper::mark(Act act) {
  Device& device = devices_[device_];
  const std::uint32_t bit = 1u << device.generation;
  device.used |= bit;
  if (device.logged_in) device.linked |= bit;
  if (act == Act::kIdentify) device.told_email |= bit;
  return act;
}

void Shopper::arrive(const World& world) {
  landing_ = true;
  page_ = {};
  device_ = device_count_ == 1 || random_.chance(0.55)
                ? 0
                : static_cast<std::uint8_t>(random_.below(device_count_));
  const bool keeps_to_itself = persona_ == Persona::kBot || on_app();
  arrival_ = 0;
  for (double pick = random_.uniform();
       !keeps_to_itself && pick >= arrivals()[arrival_].share && arrival_ + 1u < arrivals().size();)
    pick -= arrivals()[arrival_++].share;
  // A bag limit of 200 views keeps the counter in its byte.
  views_left_ = static_cast<std::uint8_t>(std::min(200.0, 1 + random_.exponential(traits().views)));
  if (!arrival().campaign.empty() && random_.chance(0.4))
    choose_product(world);
  else
    go_to(PageKind::kHome, 0);
}

void Shopper::go_to(PageKind kind, std::uint16_t item) {
  landing_ = page_.kind == PageKind::kOutside;
  page_before_ = page_;
  page_ = {.kind = kind, .item = item};
}

void Shopper::choose_product(const World& world) {
  if (page_.kind == PageKind::kOutside || page_.kind == PageKind::kHome) category_ = favourite_;
  product_ = world.catalog.pick(category_, random_);
  go_to(PageKind::kProduct, product_);
}

void Shopper::add_to_cart() {
  quantity_ = static_cast<std::uint8_t>(random_.chance(0.15) ? 2 : 1);
  if (cart_lines_ == 0) ++carts_;
  cart_[cart_lines_++] = {.product = product_, .quantity = quantity_};
}

void Shopper::remove_from_cart() {
  const std::size_t index = random_.below(cart_lines_);
  product_ = cart_[index].product;
  quantity_ = cart_[index].quantity;
  std::copy(cart_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
            cart_.end(),
            cart_.begin() + static_cast<std::ptrdiff_t>(index));
  --cart_lines_;
}

// Logging in; at the checkout also signing up, or, as a guest, leaving an address only.
void Shopper::identify() {
  if (!registered_ && random_.chance(traits().sign_up)) {
    registered_ = true;
    new_account_ = random_.chance(0.2);
  }
  devices_[device_].logged_in = registered_;
}

Shopper::Step Shopper::browse() {
  if (views_left_ == 0) {
    const bool pays = cart_lines_ > 0 && random_.chance(traits().checkout);
    return pays ? Step::kCartPage : Step::kLeave;
  }
  if (random_.chance(traits().search)) return Step::kSearchPage;
  const bool has_links = page_.kind == PageKind::kCategory || page_.kind == PageKind::kSearch;
  if (!has_links && !random_.chance(0.55)) return Step::kCategoryPage;
  // Half of the sites' product pages are real pages; the other half open within the list.
  return random_.chance(0.5) ? Step::kProductPage : Step::kViewProduct;
}

Shopper::Step Shopper::after_identify() {
  if (new_account_) return Step::kAlias;
  if (in_company() && registered_ && step_ != Step::kGroup) return Step::kGroup;
  return resume_;
}

Shopper::Step Shopper::after_checkout_step() {
  if (random_.chance(traits().abandon)) return Step::kLeave;
  return checkout_step_ < 2 ? Step::kCompleteStep : Step::kOrder;
}

Shopper::Step Shopper::after_cart() {
  if (!coupon_ && random_.chance(traits().coupon)) return Step::kApplyCoupon;
  // Who hunts bargains does not pay the full price.
  const bool hesitates = persona_ == Persona::kBargainHunter && !coupon_;
  return hesitates && random_.chance(0.7) ? Step::kLeave : Step::kCheckoutPage;
}

Shopper::Step Shopper::step_after() {
  switch (step_) {
    case Step::kArrive:
      resume_ = page_.kind == PageKind::kProduct ? Step::kViewProduct : browse();
      if (registered_ && !device().logged_in && resume_ != Step::kLeave && random_.chance(0.25))
        return Step::kIdentify;
      return resume_;
    case Step::kCategoryPage:
      return Step::kViewList;
    case Step::kSearchPage:
      return Step::kSearch;
    case Step::kProductPage:
      return Step::kViewProduct;
    case Step::kViewProduct:
      if (views_left_ > 0) --views_left_;
      return cart_lines_ < kMaxCartLines && random_.chance(traits().add) ? Step::kAdd : browse();
    case Step::kAdd:
      return random_.chance(traits().remove) ? Step::kRemove : browse();
    case Step::kViewList:
    case Step::kSearch:
    case Step::kRemove:
      return browse();
    case Step::kCartPage:
      return Step::kViewCart;
    case Step::kViewCart:
      return after_cart();
    case Step::kApplyCoupon:
      return Step::kCheckoutPage;
    case Step::kCheckoutPage:
      return Step::kStartCheckout;
    case Step::kStartCheckout:
      resume_ = after_checkout_step();
      return resume_ != Step::kLeave && !device().logged_in ? Step::kIdentify : resume_;
    case Step::kIdentify:
    case Step::kAlias:
    case Step::kGroup:
      return after_identify();
    case Step::kCompleteStep:
      return after_checkout_step();
    case Step::kOrder:
    case Step::kLeave:
      return Step::kLeave;
  }
  return Step::kLeave;
}

Duration Shopper::pause_before(Step step) {
  switch (step) {
    // What a page sends by itself as it opens.
    case Step::kViewList:
    case Step::kSearch:
    case Step::kViewCart:
    case Step::kStartCheckout:
    case Step::kAlias:
    case Step::kGroup:
      return Duration(40 + static_cast<std::int64_t>(random_.below(300)));
    case Step::kViewProduct:
      if (step_ == Step::kProductPage)
        return Duration(40 + static_cast<std::int64_t>(random_.below(300)));
      break;
    default:
      break;
  }
  return 400ms + seconds_of(random_.exponential(traits().dwell));
}

void Shopper::plan(const World& world) {
  if (step_ == Step::kOrder) {
    cart_lines_ = 0;
    coupon_ = false;
  }
  const Step following = step_after();
  if (following == Step::kLeave) {
    leave(world);
    return;
  }
  next_ += pause_before(following);
  step_ = following;
}

void Shopper::leave(const World& world) {
  const Time left = next_;
  next_ = next_visit(world, left + 30min);
  step_ = Step::kArrive;
  Device& device = devices_[device_];
  const bool is_app = on_app();
  // Logging out resets the SDK. Browsers forget by themselves after a week, and bots never
  // remember.
  const bool logs_out = device.logged_in && !is_app && random_.chance(0.04);
  const bool forgets =
      !is_app && !device.logged_in && next_ - left > std::chrono::days(7) && random_.chance(0.5);
  if (!logs_out && !forgets && persona_ != Persona::kBot) return;
  device.logged_in = false;
  if (device.generation + 1 < Device::kMaxGenerations) ++device.generation;
}

}  // namespace millrace::simulate
