// One simulated shopper: a state machine that walks through visits, and remembers what a shopper
// would. The generator asks for one act after another; a shopper sees no clock and no other
// shopper, and draws from a random stream of its own, so the same shopper does the same in every
// simulation with its seed.
#pragma once

#include "app/simulate/catalog.hpp"
#include "app/simulate/persona.hpp"
#include "app/simulate/setting.hpp"
#include "engine/base/random.hpp"
#include "engine/base/time.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace millrace::simulate {

// What all shoppers of a simulation share. Outlives them.
struct World {
  std::uint64_t seed = 0;
  Time start = kBeginning;
  PersonaMix mix = default_mix();
  Catalog catalog;
  double mean_rhythm = simulate::mean_rhythm();
};

// What an act sends: one call of the SDK.
enum class Act : std::uint8_t {
  kPage,
  kViewList,
  kSearch,
  kViewProduct,
  kAdd,
  kRemove,
  kViewCart,
  kApplyCoupon,
  kStartCheckout,
  kCompleteStep,
  kOrder,
  kIdentify,
  kAlias,
  kGroup,
};
inline constexpr std::size_t kActs = 14;

// A browser or app installation. It has one anonymous id at a time: a new generation of it begins
// when the shopper logs out or the browser forgets. Bit n of the sets stands for generation n.
struct Device {
  static constexpr std::uint8_t kMaxGenerations = 32;
  std::uint8_t model = 0;
  std::uint8_t generation = 0;
  bool logged_in = false;
  std::uint32_t used = 0;        // sent an event
  std::uint32_t linked = 0;      // sent an event that also had the user id
  std::uint32_t told_email = 0;  // sent the email address
};

struct CartLine {
  ProductId product = 0;
  std::uint8_t quantity = 0;
};

class Shopper {
 public:
  static constexpr std::size_t kMaxDevices = 3;
  static constexpr std::size_t kMaxCartLines = 6;

  Shopper(const World& world, std::uint32_t number);

  // When the next act happens.
  Time next() const { return next_; }

  // Does the next act: afterwards the state is as the event should tell it. Then plan() decides
  // what comes after.
  Act perform(const World& world);
  void plan(const World& world);

  std::uint32_t number() const { return number_; }
  Persona persona() const { return persona_; }
  const Place& place() const { return places()[place_]; }
  const Device& device() const { return devices_[device_]; }
  std::size_t device_index() const { return device_; }
  std::span<const Device> devices() const { return devices_; }
  const DeviceModel& model() const { return device_models()[device().model]; }
  bool on_app() const { return model().kind == DeviceKind::kApp; }
  bool knows_user() const { return device().logged_in; }
  bool registered() const { return registered_; }
  const Arrival& arrival() const { return arrivals()[arrival_]; }
  bool landing() const { return landing_; }
  const Page& page() const { return page_; }
  const Page& page_before() const { return page_before_; }
  CategoryId category() const { return category_; }
  std::uint16_t product() const { return product_; }
  std::uint8_t quantity() const { return quantity_; }
  std::span<const CartLine> cart() const { return std::span(cart_).first(cart_lines_); }
  bool coupon() const { return coupon_; }
  std::uint8_t checkout_step() const { return checkout_step_; }
  std::uint16_t orders() const { return orders_; }
  std::uint32_t carts() const { return carts_; }
  bool in_company() const { return number_ % 31 == 7; }

  // Random bits for ids in the event that is being written.
  std::uint64_t random_bits() { return random_.next(); }

 private:
  enum class Step : std::uint8_t {
    kArrive,
    kCategoryPage,
    kViewList,
    kSearchPage,
    kSearch,
    kProductPage,
    kViewProduct,
    kAdd,
    kRemove,
    kCartPage,
    kViewCart,
    kApplyCoupon,
    kCheckoutPage,
    kStartCheckout,
    kIdentify,
    kAlias,
    kGroup,
    kCompleteStep,
    kOrder,
    kLeave,
  };

  const Traits& traits() const { return traits_of(persona_); }
  void acquire_devices();
  void arrive(const World& world);
  void go_to(PageKind kind, std::uint16_t item);
  void choose_product(const World& world);
  void add_to_cart();
  void remove_from_cart();
  void identify();
  Act mark(Act act);
  Step browse();
  Step after_cart();
  Step after_identify();
  Step after_checkout_step();
  Step step_after();
  Duration pause_before(Step step);
  void leave(const World& world);
  Time next_visit(const World& world, Time from);

  Random random_;
  Time next_;
  std::array<Device, kMaxDevices> devices_{};
  std::array<CartLine, kMaxCartLines> cart_{};
  std::uint32_t number_;
  std::uint32_t carts_ = 0;
  std::uint16_t orders_ = 0;
  std::uint16_t product_ = 0;
  Page page_;
  Page page_before_;
  Persona persona_{};
  Step step_ = Step::kArrive;
  Step resume_ = Step::kArrive;  // after an identify
  std::uint8_t device_ = 0;
  std::uint8_t device_count_ = 1;
  std::uint8_t place_ = 0;
  std::uint8_t arrival_ = 0;
  CategoryId favourite_ = 0;
  CategoryId category_ = 0;
  std::uint8_t views_left_ = 0;
  std::uint8_t cart_lines_ = 0;
  std::uint8_t quantity_ = 0;
  std::uint8_t checkout_step_ = 0;
  bool registered_ = false;
  bool new_account_ = false;  // signed up in this visit and the alias call is due
  bool landing_ = true;
  bool coupon_ = false;
};

}  // namespace millrace::simulate
