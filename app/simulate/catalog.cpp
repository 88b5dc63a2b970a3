#include "app/simulate/catalog.hpp"

#include "engine/base/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::simulate {
namespace {

struct Shelf {
  std::string_view category;
  std::array<std::string_view, 5> things;
  std::uint32_t cents;  // a typical price
};

constexpr std::array<Shelf, Catalog::kCategories> kShelves = {{
    {"Coffee & Tea",
     {"Espresso Beans", "Green Tea", "Moka Pot", "Hand Grinder", "Travel Mug"},
     1800},
    {"Kitchen",
     {"Chef Knife", "Cast Iron Pan", "Cutting Board", "Mixing Bowl", "Kitchen Scale"},
     3900},
    {"Bedding", {"Duvet Cover", "Wool Blanket", "Pillow", "Fitted Sheet", "Mattress Topper"}, 6900},
    {"Garden", {"Pruning Shears", "Watering Can", "Raised Bed", "Seed Box", "Garden Hose"}, 2900},
    {"Cycling", {"Bike Light", "Pannier Bag", "Floor Pump", "Helmet", "Chain Lock"}, 4500},
    {"Running", {"Trail Shoes", "Running Vest", "Foam Roller", "Headlamp", "Merino Socks"}, 7900},
    {"Toys", {"Wooden Train", "Puzzle", "Building Blocks", "Plush Bear", "Board Game"}, 2600},
    {"Books", {"Cookbook", "Travel Guide", "Novel", "Photo Book", "Field Guide"}, 2100},
    {"Audio", {"Headphones", "Bookshelf Speaker", "Turntable", "Radio", "Microphone"}, 12900},
    {"Lighting", {"Desk Lamp", "Floor Lamp", "Lantern", "Pendant Light", "Night Light"}, 5400},
    {"Skin Care", {"Hand Cream", "Face Oil", "Soap Bar", "Sun Screen", "Shaving Kit"}, 1500},
    {"Outdoor", {"Tent", "Sleeping Bag", "Camp Stove", "Rain Jacket", "Daypack"}, 14900},
}};

constexpr std::array<std::string_view, 8> kStyles = {
    "Classic", "Compact", "Everyday", "Nordic", "Original", "Premium", "Studio", "Vintage"};
constexpr std::array<std::string_view, 10> kBrands = {"Alder",
                                                      "Birkholt",
                                                      "Corvane",
                                                      "Dunmere",
                                                      "Eskdale",
                                                      "Fennwick",
                                                      "Garrow",
                                                      "Holmby",
                                                      "Inverlea",
                                                      "Junipa"};

// `Coffee & Tea` -> `coffee-tea`.
std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (kept) slug += lower;
    if (!kept && !slug.empty() && slug.back() != '-') slug += '-';
  }
  return slug;
}

Product make_product(CategoryId category, std::size_t number) {
  const Shelf& shelf = kShelves[category];
  const std::uint64_t key = std::uint64_t{category} * 1000 + number;
  Random random(key);
  Product product;
  product.category = category;
  // From a third of the typical price to two and a half times it, ending in 90 cents.
  const double factor = 0.33 + 2.2 * random.uniform() * random.uniform();
  product.cents = static_cast<std::uint32_t>(shelf.cents * factor) / 100 * 100 + 90;
  product.on_sale = number % 7 == 3;
  const std::string_view brand = kBrands[random.below(kBrands.size())];
  product.name = fmt::format("{} {} {}", brand, kStyles[number / 5], shelf.things[number % 5]);
  product.path = fmt::format("/p/{}", slug_of(product.name));
  const std::string id = fmt::format("{:010x}", mix64(key) >> 24);
  const std::string sku = fmt::format("{}{}-{:04}", brand[0], category + 10, number * 25 + 7);
  const std::string money = fmt::format("{}.{:02}", product.cents / 100, product.cents % 100);
  product.short_fields = fmt::format(
      R"("product_id":"{}","sku":"{}","name":"{}","price":{})", id, sku, product.name, money);
  product.fields = fmt::format(
      R"({},"brand":"{}","category":"{}")", product.short_fields, brand, shelf.category);
  return product;
}

}  // namespace

Catalog::Catalog() {
  for (CategoryId category = 0; category < kCategories; ++category) {
    const Shelf& shelf = kShelves[category];
    categories_.push_back(
        {fmt::format("/c/{}", slug_of(shelf.category)), std::string(shelf.category)});
    for (std::size_t number = 0; number < kProductsEach; ++number)
      products_.push_back(make_product(category, number));
    for (const std::string_view thing : shelf.things)
      queries_.push_back(fmt::format("{}", slug_of(thing)));
  }
  for (std::string& query : queries_) std::ranges::replace(query, '-', '+');
}

ProductId Catalog::pick(CategoryId category, Random& random) const {
  // The square of a uniform number: a quarter of the products gets half of the views.
  const double popular = random.uniform();
  return static_cast<ProductId>(category * kProductsEach +
                                static_cast<std::size_t>(popular * popular * kProductsEach));
}

std::string_view Catalog::path(const Page& page) const {
  switch (page.kind) {
    case PageKind::kOutside:
      return "";
    case PageKind::kHome:
      return "/";
    case PageKind::kCategory:
      return categories_[page.item].path;
    case PageKind::kProduct:
      return products_[page.item].path;
    case PageKind::kSearch:
      return "/search";
    case PageKind::kCart:
      return "/cart";
    case PageKind::kCheckout:
      return "/checkout";
    case PageKind::kAccount:
      return "/account";
  }
  return "";
}

std::string_view Catalog::title(const Page& page) const {
  switch (page.kind) {
    case PageKind::kOutside:
      return "";
    case PageKind::kHome:
      return "Home";
    case PageKind::kCategory:
      return categories_[page.item].name;
    case PageKind::kProduct:
      return products_[page.item].name;
    case PageKind::kSearch:
      return "Search";
    case PageKind::kCart:
      return "Your cart";
    case PageKind::kCheckout:
      return "Checkout";
    case PageKind::kAccount:
      return "Your account";
  }
  return "";
}

}  // namespace millrace::simulate
