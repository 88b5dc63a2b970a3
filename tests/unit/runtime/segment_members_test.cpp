// Who is in which segment, read page by page while it changes.
#include "engine/runtime/segment_members.hpp"

#include "engine/base/random.hpp"
#include "engine/state/memory_store.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

OutputRecord output(OutputKind kind, SegmentId segment, ProfileId profile, int second) {
  OutputRecord made;
  made.kind = kind;
  made.segment = segment;
  made.profile = profile;
  made.time = from_millis(second * 1000);
  return made;
}

using Model = std::map<ProfileId, Time>;

// All pages of a segment, put together.
Model all(const SegmentMembers& members, std::string_view segment, std::size_t limit) {
  Model found;
  std::optional<ProfileId> from = 0;
  while (from) {
    const auto page = members.page(segment, *from, limit);
    EXPECT_TRUE(page.ok());
    EXPECT_LE(page->members.size(), limit);
    EXPECT_TRUE(page->members.size() == limit || !page->next);
    for (const SegmentMember& member : page->members)
      EXPECT_TRUE(found.try_emplace(member.profile, member.since).second);
    from = page->next;
  }
  return found;
}

struct MembersCase {
  std::uint64_t seed = 0;
  bool store = false;
};

class SegmentMembersTest : public testing::TestWithParam<MembersCase> {};

TEST_P(SegmentMembersTest, KnowAtEveryMomentWhoEnteredAndDidNotLeave) {
  Catalog catalog;
  const std::vector<SegmentId> segments = {catalog.declare_segment("a"),
                                           catalog.declare_segment("b")};
  MemoryStore store;
  Store* const used = GetParam().store ? &store : nullptr;
  Random random(GetParam().seed);
  SegmentMembers members(catalog, used);
  std::vector<Model> model(2);
  bool saving = false;
  for (int step = 1; step <= 400; ++step) {
    const SegmentId segment = segments[random.below(2)];
    const ProfileId profile = 1 + random.below(40);
    const bool in = model[segment].contains(profile);
    members.note(output(in ? OutputKind::kExit : OutputKind::kEnter, segment, profile, step));
    if (in) model[segment].erase(profile);
    if (!in) model[segment][profile] = from_millis(step * 1000);
    if (used != nullptr && !saving && random.chance(0.05)) {
      WriteSet changes;
      members.save(changes);
      ASSERT_TRUE(store.write(changes).ok());
      saving = true;  // durable, and not said so yet
    } else if (saving && random.chance(0.3)) {
      members.saved();
      saving = false;
    }
    if (step % 10 != 0) continue;
    EXPECT_EQ(all(members, "a", 1 + random.below(7)), model[0]);
    EXPECT_EQ(all(members, "b", 100), model[1]);
  }
}

std::vector<MembersCase> cases() {
  std::vector<MembersCase> made;
  for (std::uint64_t seed = 0; seed < 20; ++seed) made.push_back({seed, seed % 2 == 0});
  return made;
}
INSTANTIATE_TEST_SUITE_P(Seeds, SegmentMembersTest, testing::ValuesIn(cases()));

TEST(SegmentMembers, AreForgottenWithTheirSegment) {
  MemoryStore store;
  Catalog before;
  const SegmentId kept = before.declare_segment("kept");
  const SegmentId gone = before.declare_segment("gone");
  SegmentMembers members(before, &store);
  members.note(output(OutputKind::kEnter, kept, 1, 1));
  members.note(output(OutputKind::kEnter, gone, 2, 1));
  WriteSet changes;
  members.save(changes);
  ASSERT_TRUE(store.write(changes).ok());

  Catalog without;
  without.declare_segment("kept");
  SegmentMembers later(without, &store);
  ASSERT_TRUE(later.restore().ok());
  EXPECT_EQ(later.page("gone", 0, 10).error().fault, Fault::kMissing);
  WriteSet again;
  later.save(again);
  ASSERT_TRUE(store.write(again).ok());

  SegmentMembers back(before, &store);
  ASSERT_TRUE(back.restore().ok());
  EXPECT_EQ(back.page("kept", 0, 10)->members.size(), 1U);
  EXPECT_TRUE(back.page("gone", 0, 10)->members.empty());
}

}  // namespace
}  // namespace millrace
