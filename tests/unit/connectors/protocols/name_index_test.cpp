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
  // Alike in what is hashed: size, first, middle and last character.
  const std::array<Row, 6> rows = {{{"axbxc"}, {"aybxc"}, {"azbyc"}, {"a"}, {"ab"}, {"axbxc"}}};
  const NameIndex names(rows, &Row::name);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(names.find(rows[i].name), i) << rows[i].name;
  for (const auto other : {"", "b", "awbxc", "axbx", "axbxcd"})
    EXPECT_EQ(names.find(other), NameIndex::kNone) << other;
}

TEST(NameIndex, OfNothingFindsNothing) {
  const NameIndex names(std::array<Row, 0>(), &Row::name);
  EXPECT_EQ(names.find("a"), NameIndex::kNone);
  EXPECT_EQ(names.find(""), NameIndex::kNone);
}

}  // namespace
}  // namespace millrace::protocols
