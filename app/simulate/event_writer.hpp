// Writes what a shopper did as an SDK would send it: one JSON object after the Segment spec
// (segment.com/docs/connections/spec), in the shape that analytics-next 1.84 and the mobile SDKs
// give it. One thread at a time.
#pragma once

#include "app/simulate/shopper.hpp"

#include <string>
#include <string_view>

namespace millrace::simulate {

// What happened and when: by the shopper's clock, which may be wrong, and by ours.
struct Sending {
  Act act = Act::kPage;
  Time occurred;
  Time sent;
  Time received;
};

class EventWriter {
 public:
  // `tell_receipt` adds the member receivedAt, as a collector's archive has it.
  EventWriter(const World& world, bool tell_receipt) : world_(world), tell_receipt_(tell_receipt) {}

  // Appends the event, without a line break. The shopper is as perform() left it; drawing the
  // message id moves its random stream.
  void write(std::string& out, Shopper& shopper, const Sending& sending);

  // Changes when `event`, a copy of the one that was written last, was sent and received.
  void move_sent_at(std::string& event, Time sent, Time received) const;

  // Where the value of a member of the last event is, quotes included.
  struct Span {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  const Span& type_span() const { return type_; }
  const Span& ids_span() const {
    return ids_;
  }  // the members userId and anonymousId with their commas

 private:
  void put_head(Act act, const Shopper& shopper, Time occurred);
  void put_properties(Act act, const Shopper& shopper);
  void put_page_call(const Shopper& shopper);
  void put_traits(const Shopper& shopper);
  void put_list(const Shopper& shopper);
  void put_product_event(Act act, const Shopper& shopper);
  void put_order_fields(Act act, const Shopper& shopper);
  void put_cart(const Shopper& shopper);
  void put_context(const Shopper& shopper);
  void put_page(const Shopper& shopper);
  void put_address(const Shopper& shopper);
  void put_ids(Act act, Shopper& shopper, const Sending& sending);
  void put(std::string_view text) { out_->append(text); }
  void put_number(std::uint64_t number);
  void put_money(std::uint64_t cents);
  void put_time(Time time);
  void put_referrer(const Shopper& shopper);
  void put_search(const Shopper& shopper);
  void put_cart_id(const Shopper& shopper);
  void put_order_id(const Shopper& shopper);

  const World& world_;
  bool tell_receipt_;
  std::string* out_ = nullptr;  // during write()
  std::size_t begin_ = 0;
  std::size_t sent_at_ = 0;  // where its text begins in the last event
  Span type_;
  Span ids_;
  std::chrono::sys_days day_{};  // whose date day_text_ is
  std::string day_text_ = "1970-01-01T";
};

// The amounts of a cart, in cents. Revenue is what the goods bring: without shipping and tax.
struct Amounts {
  std::uint64_t subtotal = 0;
  std::uint64_t discount = 0;
  std::uint64_t revenue = 0;
  std::uint64_t shipping = 0;
  std::uint64_t tax = 0;
  std::uint64_t total = 0;
};
Amounts amounts_of(const Catalog& catalog, const Shopper& shopper);

// The identifiers of a shopper, appended as text without quotes.
void put_user_id(std::string& out, std::uint64_t seed, std::uint32_t shopper);
void put_email(std::string& out, std::uint64_t seed, std::uint32_t shopper);
void put_anonymous_id(std::string& out,
                      std::uint64_t seed,
                      std::uint32_t shopper,
                      std::size_t device,
                      std::uint8_t generation);

// A random UUID (RFC 9562, version 4) from 128 random bits.
void put_uuid(std::string& out, std::uint64_t high, std::uint64_t low);

}  // namespace millrace::simulate
