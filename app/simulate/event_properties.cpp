// What an event says about the shop: its properties or traits. The envelope around them is in
// event_writer.cpp.
#include "app/simulate/event_writer.hpp"

namespace millrace::simulate {

Amounts amounts_of(const Catalog& catalog, const Shopper& shopper) {
  Amounts amounts;
  for (const CartLine& line : shopper.cart())
    amounts.subtotal += std::uint64_t{catalog.product(line.product).cents} * line.quantity;
  amounts.discount = shopper.coupon() ? amounts.subtotal / 10 : 0;
  amounts.revenue = amounts.subtotal - amounts.discount;
  amounts.shipping = amounts.revenue >= 5'000 ? 0 : 490;
  amounts.tax = amounts.revenue / 5;
  amounts.total = amounts.revenue + amounts.shipping + amounts.tax;
  return amounts;
}

void EventWriter::put_properties(Act act, const Shopper& shopper) {
  switch (act) {
    case Act::kPage:
      put_page_call(shopper);
      break;
    case Act::kIdentify:
      put_traits(shopper);
      break;
    case Act::kAlias:
      put(R"(,"previousId":")");
      put_anonymous_id(*out_,
                       world_.seed,
                       shopper.number(),
                       shopper.device_index(),
                       shopper.device().generation);
      put("\"");
      break;
    case Act::kGroup:
      put(R"(,"groupId":"company_)");
      put_number(shopper.number() / 310);
      put(R"(","traits":{"name":"Company )");
      put_number(shopper.number() / 310);
      put(R"(","plan":"business"})");
      break;
    case Act::kViewList:
      put_list(shopper);
      break;
    case Act::kSearch:
      put(R"(,"properties":{"query":")");
      put(world_.catalog.query(shopper.page().item));
      put("\"}");
      break;
    case Act::kViewProduct:
    case Act::kAdd:
    case Act::kRemove:
      put_product_event(act, shopper);
      break;
    default:
      put_order_fields(act, shopper);
      break;
  }
}

void EventWriter::put_page_call(const Shopper& shopper) {
  put(R"(,"name":")");
  put(world_.catalog.title(shopper.page()));
  put(R"(","properties":{)");
  if (shopper.on_app()) {
    put(R"("name":")");
    put(world_.catalog.title(shopper.page()));
    put("\"}");
    return;
  }
  put_page(shopper);
  put(R"(,"name":")");
  put(world_.catalog.title(shopper.page()));
  put("\"}");
}

void EventWriter::put_traits(const Shopper& shopper) {
  put(R"(,"traits":{"email":")");
  put_email(*out_, world_.seed, shopper.number());
  put("\"");
  if (shopper.knows_user()) {
    const std::uint64_t names = mix64(world_.seed ^ shopper.number());
    put(R"(,"firstName":")");
    put(first_names()[names % first_names().size()]);
    put(R"(","lastName":")");
    put(last_names()[(names >> 32) % last_names().size()]);
    put("\"");
    put_address(shopper);
  }
  put("}");
}

void EventWriter::put_address(const Shopper& shopper) {
  put(R"(,"address":{"city":")");
  put(shopper.place().city);
  put(R"(","country":")");
  put(shopper.place().country);
  put("\"}");
}

void EventWriter::put_list(const Shopper& shopper) {
  const std::string_view category = world_.catalog.category(shopper.category()).name;
  put(R"(,"properties":{"list_id":"category-)");
  put_number(shopper.category());
  put(R"(","category":")");
  put(category);
  put(R"(","products":[)");
  for (std::uint16_t position = 0; position < 2; ++position) {
    put(position == 0 ? "{" : ",{");
    put(world_.catalog
            .product(static_cast<ProductId>(shopper.category() * Catalog::kProductsEach + position))
            .short_fields);
    put(R"(,"position":)");
    put_number(position + 1);
    put("}");
  }
  put("]}");
}

void EventWriter::put_product_event(Act act, const Shopper& shopper) {
  const Product& product = world_.catalog.product(shopper.product());
  put(R"(,"properties":{)");
  if (act != Act::kViewProduct) {
    put(R"("cart_id":")");
    put_cart_id(shopper);
    put(R"(","quantity":)");
    put_number(shopper.quantity());
    put(",");
  }
  put(product.fields);
  put(R"(,"currency":")");
  put(shopper.place().currency);
  put(product.on_sale ? R"(","on_sale":true})" : "\"}");
}

void EventWriter::put_cart(const Shopper& shopper) {
  put(R"("products":[)");
  bool first = true;
  for (const CartLine& line : shopper.cart()) {
    put(first ? "{" : ",{");
    first = false;
    put(world_.catalog.product(line.product).short_fields);
    put(R"(,"quantity":)");
    put_number(line.quantity);
    put("}");
  }
  put("]");
}

// Everything about a cart and an order: the later the act, the more is known.
void EventWriter::put_order_fields(Act act, const Shopper& shopper) {
  const Amounts amounts = amounts_of(world_.catalog, shopper);
  const auto money = [&](std::string_view name, std::uint64_t cents) {
    put(name);
    put_money(cents);
  };
  put(R"(,"properties":{"cart_id":")");
  put_cart_id(shopper);
  put("\",");
  if (act == Act::kApplyCoupon) {
    put(R"("coupon_id":"TEN","coupon_name":"Ten per cent off",)");
    money(R"("discount":)", amounts.discount);
    put("}");
    return;
  }
  if (act == Act::kViewCart) {
    put_cart(shopper);
    put("}");
    return;
  }
  put(R"("order_id":")");
  put_order_id(shopper);
  if (act == Act::kCompleteStep) {
    put(R"(","step":)");
    put_number(shopper.checkout_step());
    put(shopper.checkout_step() == 1 ? R"(,"shipping_method":"standard"})"
                                     : R"(,"payment_method":"card"})");
    return;
  }
  money(R"(","subtotal":)", amounts.subtotal);
  money(R"(,"revenue":)", amounts.revenue);
  money(R"(,"shipping":)", amounts.shipping);
  money(R"(,"tax":)", amounts.tax);
  money(R"(,"discount":)", amounts.discount);
  money(act == Act::kOrder ? R"(,"total":)" : R"(,"value":)", amounts.total);
  put(R"(,"currency":")");
  put(shopper.place().currency);
  put("\",");
  if (shopper.coupon()) put(R"("coupon":"TEN",)");
  if (shopper.persona() == Persona::kGiftSeason) put(R"("gift_wrap":true,)");
  put_cart(shopper);
  put("}");
}

void EventWriter::put_cart_id(const Shopper& shopper) {
  put("c");
  put_number(shopper.number());
  put("-");
  put_number(shopper.carts());
}

void EventWriter::put_order_id(const Shopper& shopper) {
  put("o");
  put_number(shopper.number());
  put("-");
  put_number(shopper.carts());
}

}  // namespace millrace::simulate
