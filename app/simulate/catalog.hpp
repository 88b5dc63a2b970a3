// What the simulated shop sells and where its pages are. Fixed: the same in every simulation, never
// changed after it is made, so any thread may read it.
#pragma once

#include "engine/base/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::simulate {

using ProductId = std::uint16_t;
using CategoryId = std::uint8_t;

enum class PageKind : std::uint8_t {
  kOutside,
  kHome,
  kCategory,
  kProduct,
  kSearch,
  kCart,
  kCheckout,
  kAccount
};

// A page of the shop; `item` is the category, product or query that it shows.
struct Page {
  PageKind kind = PageKind::kOutside;
  std::uint16_t item = 0;
};

struct Product {
  CategoryId category = 0;
  std::uint32_t cents = 0;
  bool on_sale = false;
  std::string path;
  std::string name;
  std::string fields;        // its JSON members, as a page about it tells them
  std::string short_fields;  // the same, as a list or a cart tells them
};

struct Category {
  std::string path;
  std::string name;
};

class Catalog {
 public:
  static constexpr std::size_t kCategories = 12;
  static constexpr std::size_t kProductsEach = 40;

  Catalog();

  const Product& product(ProductId id) const { return products_[id]; }
  const Category& category(CategoryId id) const { return categories_[id]; }
  std::string_view query(std::size_t id) const { return queries_[id]; }
  std::size_t queries() const { return queries_.size(); }

  // A product of this category; the first ones are the most popular.
  ProductId pick(CategoryId category, Random& random) const;

  // `/p/...`, without host and query.
  std::string_view path(const Page& page) const;
  std::string_view title(const Page& page) const;

 private:
  std::vector<Category> categories_;
  std::vector<Product> products_;
  std::vector<std::string> queries_;
};

}  // namespace millrace::simulate
