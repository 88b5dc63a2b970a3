#include "connectors/protocols/name_index.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace millrace::protocols {
namespace {

struct Row {
  std::string_view name;
};

TEST(NameIndex, FindsEachNameAndNoOther) {
  // The long ones are alike in all that is hashed: their size and their ends.
  const std::array<Row, 7> rows = {{{"abcdefgh-x-abcdefgh"},
                                    {"abcdefgh-y-abcdefgh"},
                                    {"abcdefgh"},
                                    {"abcd"},
                                    {"a"},
                                    {"ab"},
                                    {"abcdefgh-x-abcdefgh"}}};
  const NameIndex names(rows, &Row::name);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(names.find(rows[i].name), i) << rows[i].name;
  for (const auto other : {"", "b", "abc", "abcdefgi", "abcdefgh-z-abcdefgh", "abcdefghabcdefgh"})
    EXPECT_EQ(names.find(other), NameIndex::kNone) << other;
}

TEST(NameIndex, FindsNamesOfAnySize) {
  std::array<std::string, 40> texts;
  std::array<Row, 40> rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t at = 0; at < i; ++at) texts[i] += static_cast<char>('a' + (i + at) % 26);
    rows[i].name = texts[i];
  }
  const NameIndex names(rows, &Row::name);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(names.find(texts[i]), i);
    EXPECT_EQ(names.find(texts[i] + "-"), NameIndex::kNone);
  }
}

TEST(NameIndex, OfNothingFindsNothing) {
  const NameIndex names(std::array<Row, 0>(), &Row::name);
  EXPECT_EQ(names.find("a"), NameIndex::kNone);
  EXPECT_EQ(names.find(""), NameIndex::kNone);
}

}  // namespace
}  // namespace millrace::protocols
