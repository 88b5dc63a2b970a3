#include "engine/base/text_buffer.hpp"

#include "engine/base/random.hpp"
#include "engine/base/short_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(TextBuffer, KeepsWhatWasWrittenAsItGrows) {
  TextBuffer buffer;
  std::string expected;
  Random random(1);
  for (int i = 0; i < 2'000; ++i) {
    const std::string piece(random.below(100), static_cast<char>('a' + i % 26));
    if (random.chance(0.5)) {
      buffer += piece;
    } else {
      char* const to = buffer.room(piece.size() + 7);
      buffer.taken(std::copy(piece.begin(), piece.end(), to));
    }
    expected += piece;
    if (random.chance(0.05)) {
      expected.resize(expected.size() / 2);
      buffer.cut(expected.size());
    }
    ASSERT_EQ(buffer.view(), expected);
  }
  buffer.clear();
  EXPECT_EQ(buffer.view(), "");
}

TEST(ShortText, IsComparedAndCopiedAtAnyLength) {
  std::string text = "abcdefghijklmnopqrstuvwxyz0123456789";
  text += text + text;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string one = text.substr(0, size);
    EXPECT_TRUE(same_text(one, std::string(one))) << one;
    EXPECT_FALSE(same_text(one, one + "x")) << one;
    std::string copied(size + 1, '-');
    EXPECT_EQ(copy_text(one, copied.data()), copied.data() + size);
    EXPECT_EQ(copied, one + "-");
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = one;
      other[at] = '-';
      EXPECT_FALSE(same_text(one, other)) << one << " " << other;
    }
  }
}

}  // namespace
}  // namespace millrace
