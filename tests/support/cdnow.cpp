#include "tests/support/cdnow.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace millrace {

std::vector<CdnowPurchase> read_cdnow(const std::string& path) {
  std::vector<CdnowPurchase> purchases;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string day;
    std::string units;
    CdnowPurchase purchase;
    // The first line names the columns.
    if (!(words >> purchase.customer >> day >> units >> purchase.dollars) || day.size() != 8)
      continue;
    const auto time =
        parse_time(day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6, 2));
    if (!time) continue;
    purchase.time = *time;
    purchases.push_back(std::move(purchase));
  }
  std::stable_sort(purchases.begin(), purchases.end(), [](const auto& a, const auto& b) {
    return a.time < b.time;
  });
  return purchases;
}

std::string cdnow_events(const std::vector<CdnowPurchase>& purchases) {
  std::string out;
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    const CdnowPurchase& purchase = purchases[i];
    out += R"({"type":"track","event":"Order Completed","messageId":"cdnow-)" + std::to_string(i) +
           R"(","userId":")" + purchase.customer + R"(","timestamp":")" +
           format_time(purchase.time) + R"(","properties":{"revenue":)" + purchase.dollars + "}}\n";
  }
  return out;
}

}  // namespace millrace
