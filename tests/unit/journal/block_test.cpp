#include "engine/journal/block.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace millrace {
namespace {

Buffer buffer_of(std::string_view bytes) {
  Buffer buffer;
  buffer.append(bytes);
  return buffer;
}

TEST(Block, HasReadableBytesAfterEveryPayload) {
  BlockBuilder builder(100);
  builder.add({RecordKind::kHit, testing::time_of(0), "short"});
  const BlockRef block = builder.seal(7);
  EXPECT_EQ(block->first(), 7u);
  EXPECT_EQ(block->end(), 8u);
  const std::string_view payload = block->records()[0].payload;
  int sum = 0;  // an address sanitizer objects if they are not ours
  const char* const behind = payload.data() + payload.size();
  for (std::size_t i = 0; i < kPayloadPadding; ++i) sum += behind[i];
  EXPECT_EQ(sum, 0);
}

TEST(Block, KeepsNoMoreRoomThanItNeeds) {
  BlockBuilder builder(1 << 20);
  builder.add({RecordKind::kHit, testing::time_of(0), "short"});
  EXPECT_LT(builder.seal(0)->memory(), 1000u);
}

TEST(Block, RefusesBytesThatAreNotItsRecords) {
  const std::string good(
      "\x01\x02\x03"
      "abc"
      "\x02\x00\x00",
      9);
  EXPECT_NE(Block::decode(0, 2, buffer_of(good)), nullptr);
  EXPECT_EQ(Block::decode(0, 1, buffer_of(good)), nullptr);
  EXPECT_EQ(Block::decode(0, 3, buffer_of(good)), nullptr);
  EXPECT_EQ(Block::decode(0, ~0u, buffer_of(good)), nullptr);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(Block::decode(0, 2, buffer_of(good.substr(0, size))), nullptr) << size;
  std::string kind = good;
  kind[0] = 9;
  EXPECT_EQ(Block::decode(0, 2, buffer_of(kind)), nullptr);
}

TEST(Block, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, std::uint8_t count) {
    const BlockRef block = Block::decode(0, count, buffer_of(bytes));
    if (block == nullptr) return;
    RC_ASSERT(block->records().size() == count);
  }));
}

}  // namespace
}  // namespace millrace
