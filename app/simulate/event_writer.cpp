#include "app/simulate/event_writer.hpp"

#include <charconv>

namespace millrace::simulate {
namespace {

constexpr std::string_view kReceivedAt = R"(","receivedAt":")";
constexpr std::string_view kHost = "https://shop.example";

struct Call {
  std::string_view type;   // with its quotes
  std::string_view event;  // of a track call
};

constexpr Call kCalls[kActs] = {
    {R"("page")", ""},
    {R"("track")", "Product List Viewed"},
    {R"("track")", "Products Searched"},
    {R"("track")", "Product Viewed"},
    {R"("track")", "Product Added"},
    {R"("track")", "Product Removed"},
    {R"("track")", "Cart Viewed"},
    {R"("track")", "Coupon Applied"},
    {R"("track")", "Checkout Started"},
    {R"("track")", "Checkout Step Completed"},
    {R"("track")", "Order Completed"},
    {R"("identify")", ""},
    {R"("alias")", ""},
    {R"("group")", ""},
};

}  // namespace

void EventWriter::write(std::string& out, Shopper& shopper, const Sending& sending) {
  out_ = &out;
  begin_ = out.size();
  put_head(sending.act, shopper, sending.occurred);
  put_properties(sending.act, shopper);
  put_context(shopper);
  put_ids(sending.act, shopper, sending);
  out_ = nullptr;
}

void EventWriter::move_sent_at(std::string& event, Time sent, Time received) const {
  const std::string text = format_time(sent);
  event.replace(sent_at_, text.size(), text);
  if (tell_receipt_)
    event.replace(sent_at_ + text.size() + kReceivedAt.size(), text.size(), format_time(received));
}

void EventWriter::put_head(Act act, const Shopper& shopper, Time occurred) {
  const Call& call = kCalls[static_cast<std::size_t>(act)];
  put(R"({"timestamp":")");
  put_time(occurred);
  put(R"(","integrations":{},"type":)");
  type_.begin = out_->size() - begin_;
  put(act == Act::kPage && shopper.on_app() ? R"("screen")" : call.type);
  type_.size = out_->size() - begin_ - type_.begin;
  if (call.event.empty()) return;
  put(R"(,"event":")");
  put(call.event);
  put("\"");
}

void EventWriter::put_context(const Shopper& shopper) {
  put(R"(,"context":{)");
  if (!shopper.on_app()) {
    put(R"("page":{)");
    put_page(shopper);
    put("},");
    if (shopper.landing()) put(shopper.arrival().campaign);
  }
  put(R"("userAgent":")");
  put(shopper.model().user_agent);
  put("\",");
  put(shopper.model().context);
  put(R"(,"locale":")");
  put(shopper.place().locale);
  put(R"(","timezone":")");
  put(shopper.place().timezone);
  // The three ranges for documentation (RFC 5737).
  constexpr std::string_view kNetworks[] = {
      R"(","ip":"192.0.2.)", R"(","ip":"198.51.100.)", R"(","ip":"203.0.113.)"};
  put(kNetworks[shopper.number() % 3]);
  put_number(1 + shopper.number() / 3 % 254);
  put("\"}");
}

void EventWriter::put_page(const Shopper& shopper) {
  const std::string_view path = world_.catalog.path(shopper.page());
  put(R"("path":")");
  put(path);
  put(R"(","referrer":")");
  put_referrer(shopper);
  put(R"(","search":")");
  put_search(shopper);
  put(R"(","title":")");
  put(world_.catalog.title(shopper.page()));
  put(R"(","url":")");
  put(kHost);
  put(path);
  put_search(shopper);
  put("\"");
}

void EventWriter::put_referrer(const Shopper& shopper) {
  if (shopper.landing()) {
    put(shopper.arrival().referrer);
    return;
  }
  put(kHost);
  put(world_.catalog.path(shopper.page_before()));
}

void EventWriter::put_search(const Shopper& shopper) {
  if (shopper.page().kind == PageKind::kSearch) {
    put("?q=");
    put(world_.catalog.query(shopper.page().item));
  } else if (shopper.landing()) {
    put(shopper.arrival().search);
  }
}

void EventWriter::put_ids(Act act, Shopper& shopper, const Sending& sending) {
  const std::size_t device = shopper.device_index();
  put(R"(,"messageId":")");
  if (!shopper.on_app()) {
    put("ajs-next-");
    put_number(static_cast<std::uint64_t>(to_millis(sending.occurred)));
    put("-");
  }
  const std::uint64_t high = shopper.random_bits();
  put_uuid(*out_, high, shopper.random_bits());
  put("\"");
  ids_.begin = out_->size() - begin_;
  if (shopper.knows_user() || act == Act::kAlias) {
    put(R"(,"userId":")");
    put_user_id(*out_, world_.seed, shopper.number());
    put("\"");
  }
  put(R"(,"anonymousId":")");
  put_anonymous_id(*out_, world_.seed, shopper.number(), device, shopper.device().generation);
  put("\"");
  ids_.size = out_->size() - begin_ - ids_.begin;
  if (shopper.on_app()) {
    put(R"(,"originalTimestamp":")");
    put_time(sending.occurred);
    put("\"");
  }
  put(R"(,"sentAt":")");
  sent_at_ = out_->size() - begin_;
  put_time(sending.sent);
  if (tell_receipt_) {
    put(kReceivedAt);
    put_time(sending.received);
  }
  put("\"}");
}

void EventWriter::put_number(std::uint64_t number) {
  char digits[20];
  out_->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void EventWriter::put_money(std::uint64_t cents) {
  put_number(cents / 100);
  const std::uint64_t rest = cents % 100;
  const char text[3] = {
      '.', static_cast<char>('0' + rest / 10), static_cast<char>('0' + rest % 10)};
  out_->append(text, 3);
}

// What format_time() writes, with the date remembered: an event has up to four times, nearly always
// of one day.
void EventWriter::put_time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  if (day != day_) {
    day_ = day;
    day_text_ = format_time(time).substr(0, 11);
  }
  auto left = static_cast<std::uint32_t>((time - day).count());
  char text[13] = {'h', 'h', ':', 'm', 'm', ':', 's', 's', '.', 'm', 'm', 'm', 'Z'};
  for (const std::size_t at : {11u, 10u, 9u}) {
    text[at] = static_cast<char>('0' + left % 10);
    left /= 10;
  }
  for (const std::size_t at : {6u, 3u, 0u}) {
    const std::uint32_t part = at == 0 ? left : left % 60;
    text[at] = static_cast<char>('0' + part / 10);
    text[at + 1] = static_cast<char>('0' + part % 10);
    left /= 60;
  }
  put(day_text_);
  out_->append(text, sizeof text);
}

}  // namespace millrace::simulate
