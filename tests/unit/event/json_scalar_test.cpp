#include "engine/event/json_scalar.hpp"

#include "engine/base/random.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {
namespace {

// Both as large as the contract says, so that a byte beyond shows.
std::optional<std::string> unescaped(std::string_view text) {
  const auto from = std::make_unique<char[]>(text.size());
  const auto to = std::make_unique<char[]>(text.size());
  text.copy(from.get(), text.size());
  const char* const end = unescape_json({from.get(), text.size()}, to.get());
  if (end == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(to.get()), end);
}

TEST(UnescapeJson, GivesWhatItsPartsStandFor) {
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"a", "a"},
      {"seventeen letters", "seventeen letters"},
      {"\xc3\xa4", "\xc3\xa4"},
      {R"(\")", "\""},
      {R"(\\)", "\\"},
      {R"(\/)", "/"},
      {R"(\n)", "\n"},
      {R"(\u0041)", "A"},
      {R"(\u20ac)", "\xe2\x82\xac"},
      {R"(\ud83d\ude00)", "\xf0\x9f\x98\x80"},
      {R"(\ud83d)", "\xef\xbf\xbd"}};
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    std::string expected;
    for (auto left = random.below(i % 2 == 0 ? 12 : 80); left > 0; --left) {
      // Half a pair comes last, so that it meets no other.
      const auto& [written, meant] = parts[random.below(std::size(parts) - (left > 1 ? 1 : 0))];
      text += written;
      expected += meant;
    }
    ASSERT_EQ(unescaped(text), expected) << text;
  }
}

TEST(UnescapeJson, RefusesWhatIsNoEscapeWhereverItStands) {
  for (std::size_t before = 0; before < 140; ++before) {
    const std::string plain(before, 'x');
    for (const auto* const bad : {"\\", "\\x", "\\u", "\\u12", "\\u12g4"}) {
      EXPECT_EQ(unescaped(plain + bad), std::nullopt) << before << bad;
      EXPECT_EQ(unescaped(plain + bad + std::string(40, 'y')), std::nullopt) << before << bad;
    }
  }
}

}  // namespace
}  // namespace millrace
