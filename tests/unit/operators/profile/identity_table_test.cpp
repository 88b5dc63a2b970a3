#include "operators/profile/identity_table.hpp"

#include "engine/base/codec.hpp"
#include "engine/base/random.hpp"
#include "engine/state/memory_store.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace millrace {
namespace {

IdentityKey key(std::string_view text) { return {.hash = hash128(text)}; }
IdentityKey user(std::string_view text) { return {.hash = hash128(text), .user = true}; }
IdentityKey same(IdentityKey key) {
  key.same = true;
  return key;
}

// Whose the event is; kNoProfile when the table is full.
ProfileId resolve(IdentityTable& table, std::vector<IdentityKey> ids) {
  Resolution out;
  return table.resolve(ids, out) ? out.profile : kNoProfile;
}

TEST(IdentityTable, NumbersProfilesInTheOrderOfTheirFirstEvent) {
  IdentityTable table({});
  EXPECT_EQ(resolve(table, {key("a")}), 1u);
  EXPECT_EQ(resolve(table, {key("b")}), 2u);
  EXPECT_EQ(resolve(table, {key("a")}), 1u);
  EXPECT_EQ(table.find(key("b").hash), 2u);
  EXPECT_EQ(table.find(key("c").hash), kNoProfile);
  EXPECT_EQ(table.profiles(), 2u);
}

TEST(IdentityTable, SaysWhatItLearnt) {
  IdentityTable table({});
  Resolution out;
  std::vector<IdentityKey> ids = {user("u"), key("a")};
  ASSERT_TRUE(table.resolve(ids, out));
  EXPECT_TRUE(out.created);
  EXPECT_EQ(out.linked, 0b11u);
  ids = {user("u"), key("b")};
  ASSERT_TRUE(table.resolve(ids, out));
  EXPECT_FALSE(out.created);
  EXPECT_EQ(out.linked, 0b10u);
  ASSERT_TRUE(table.resolve(ids, out));
  EXPECT_EQ(out.linked, 0u);
}

TEST(IdentityTable, MergesIntoTheOlder) {
  IdentityTable table({});
  resolve(table, {key("a")});
  resolve(table, {user("u")});
  Resolution out;
  const std::vector<IdentityKey> ids = {user("u"), key("a")};
  ASSERT_TRUE(table.resolve(ids, out));
  EXPECT_EQ(out.profile, 1u);
  ASSERT_EQ(out.merges.size(), 1u);
  EXPECT_EQ(out.merges[0].from, 2u);
  EXPECT_EQ(out.merges[0].into, 1u);
  EXPECT_EQ(table.find(user("u").hash), 1u);
  EXPECT_EQ(table.profiles(), 1u);
  EXPECT_EQ(table.profiles_made(), 2u);
}

TEST(IdentityTable, MergesManyAtOnce) {
  IdentityTable table({});
  for (const char* id : {"a", "b", "c", "d"}) resolve(table, {key(id)});
  Resolution out;
  const std::vector<IdentityKey> ids = {key("d"), key("b"), key("c"), key("a")};
  ASSERT_TRUE(table.resolve(ids, out));
  EXPECT_EQ(out.profile, 1u);
  EXPECT_EQ(out.merges.size(), 3u);
  for (const IdentityKey& id : ids) EXPECT_EQ(table.find(id.hash), 1u);
}

TEST(IdentityTable, NeverMergesTwoPeopleByWhatTheyShare) {
  IdentityTable table({});
  EXPECT_EQ(resolve(table, {user("u"), key("phone")}), 1u);
  EXPECT_EQ(resolve(table, {user("v"), key("laptop")}), 2u);
  EXPECT_EQ(resolve(table, {user("v"), key("phone")}), 2u);
  EXPECT_EQ(resolve(table, {key("phone")}), 1u);
  EXPECT_EQ(resolve(table, {key("laptop"), key("phone")}), 2u);
  EXPECT_EQ(resolve(table, {key("laptop")}), 2u);
  EXPECT_EQ(table.profiles(), 2u);
}

TEST(IdentityTable, MakesANewProfileForAnotherPersonWithAKnownDevice) {
  IdentityTable table({});
  resolve(table, {user("u"), key("phone")});
  EXPECT_EQ(resolve(table, {user("v"), key("phone")}), 2u);
  EXPECT_EQ(resolve(table, {user("v")}), 2u);
  EXPECT_EQ(resolve(table, {key("phone")}), 1u);
}

TEST(IdentityTable, TakesANamelessProfileOver) {
  IdentityTable table({});
  resolve(table, {key("phone")});
  EXPECT_EQ(resolve(table, {user("u"), key("phone")}), 1u);
  EXPECT_EQ(resolve(table, {user("u")}), 1u);
}

TEST(IdentityTable, MergesTwoPeopleWhenThatIsSaid) {
  IdentityTable table({});
  resolve(table, {user("u")});
  resolve(table, {user("v")});
  EXPECT_EQ(resolve(table, {user("v"), same(user("u"))}), 1u);
  EXPECT_EQ(resolve(table, {user("v")}), 1u);
  EXPECT_EQ(resolve(table, {user("w"), same(user("v"))}), 1u);
  EXPECT_EQ(resolve(table, {user("w")}), 1u);
  EXPECT_EQ(table.profiles(), 1u);
}

TEST(IdentityTable, KeepsAProfileToItsIdentifiers) {
  IdentityTable table({.ids_max = 2});
  resolve(table, {key("a"), key("b")});
  Resolution out;
  const std::vector<IdentityKey> ids = {key("a"), key("c")};
  ASSERT_TRUE(table.resolve(ids, out));
  EXPECT_EQ(out.profile, 1u);
  EXPECT_EQ(out.links_refused, 1u);
  EXPECT_EQ(table.find(key("c").hash), kNoProfile);
  resolve(table, {key("d")});
  const std::vector<IdentityKey> both = {key("d"), key("a")};
  ASSERT_TRUE(table.resolve(both, out));
  EXPECT_EQ(out.profile, 2u);
  EXPECT_EQ(out.merges_refused, 1u);
}

TEST(IdentityTable, KeepsAProfileToItsMerges) {
  IdentityTable table({.merges_max = 1});
  for (const char* id : {"a", "b", "c"}) resolve(table, {key(id)});
  EXPECT_EQ(resolve(table, {key("a"), key("b")}), 1u);
  EXPECT_EQ(resolve(table, {key("c"), key("b")}), 3u);
  EXPECT_EQ(resolve(table, {key("b")}), 1u);
}

TEST(IdentityTable, GoesOnWithWhatItKnowsWhenFull) {
  IdentityTable table({.ids_total_max = 2});
  resolve(table, {key("a"), key("b")});
  EXPECT_EQ(resolve(table, {key("c")}), kNoProfile);
  EXPECT_EQ(resolve(table, {key("c"), key("b")}), 1u);
  EXPECT_EQ(table.find(key("c").hash), kNoProfile);
  EXPECT_EQ(table.ids(), 2u);
}

TEST(IdentityTable, TakesAboutThirtyBytesAnIdentifier) {
  IdentityTable table({});
  WriteSet saved;
  for (int i = 0; i < 400'000; ++i) {
    resolve(table, {key("a" + std::to_string(i)), key("b" + std::to_string(i))});
    if (i % 1000 == 0) table.save("i", saved);
  }
  EXPECT_LE(table.memory_bytes(), table.ids() * 40);
}

TEST(IdentityTable, RefusesDamagedRecords) {
  IdentityTable table({});
  WriteSet saved;
  for (int i = 0; i < 20; ++i)
    resolve(table, {key(std::to_string(i)), user("u" + std::to_string(i % 7))});
  table.save("i", saved);
  resolve(table, {key("late")});
  table.save("i", saved);
  ASSERT_EQ(saved.changes.size(), 2u);
  const auto restores = [](const WriteSet& changes) {
    MemoryStore store;
    EXPECT_TRUE(store.write(changes).ok());
    return IdentityTable({}).restore("i", store).ok();
  };
  EXPECT_TRUE(restores(saved));
  for (std::size_t i = 0; i < saved.changes[0].value->size(); ++i) {
    WriteSet damaged{saved.changes, {}};
    (*damaged.changes[0].value)[i] ^= 1;
    EXPECT_FALSE(restores(damaged)) << i;
    damaged.changes = saved.changes;
    damaged.changes[0].value->resize(i);
    EXPECT_FALSE(restores(damaged)) << i;
  }
  WriteSet gap{saved.changes, {}};
  gap.changes.erase(gap.changes.begin());
  EXPECT_FALSE(restores(gap));
}

// Bytes with a right checksum that say impossible things.
TEST(IdentityTable, RefusesContradictions) {
  const auto restores = [](std::string log) {
    ByteWriter(log).fixed64(hash64(log));
    WriteSet changes;
    changes.put(std::string("i") + std::string(8, '\0'), log);
    MemoryStore store;
    EXPECT_TRUE(store.write(changes).ok());
    return IdentityTable({}).restore("i", store).ok();
  };
  const auto link = [](char id, char profile) {
    return std::string("\1") + id + std::string(7, '\0') + '\5' + profile;
  };
  EXPECT_TRUE(restores(link('a', 1) + link('b', 2) + "\3\2\1"));
  EXPECT_FALSE(restores(link('a', 2)));
  EXPECT_FALSE(restores(link('a', 0)));
  EXPECT_FALSE(restores(link('a', 1) + link('a', 1)));
  EXPECT_FALSE(restores(link('a', 1) + link('b', 2) + "\3\1\2"));
  EXPECT_FALSE(restores(link('a', 1) + "\3\2\1"));
  EXPECT_FALSE(restores(link('a', 1) + link('b', 2) + "\3\2\1" + link('c', 2)));
  EXPECT_FALSE(restores(link('a', 1) + "\4"));
  EXPECT_FALSE(restores(link('a', 1) + "\1"));
  rc::check(
      [&](std::vector<std::uint8_t> bytes) { restores(std::string(bytes.begin(), bytes.end())); });
}

// What the table means, in sets: every profile with all of its identifiers.
class NamedPeople {
 public:
  explicit NamedPeople(const IdentityLimits& limits) : limits_(limits) {}

  ProfileId resolve(const std::vector<std::pair<std::string, IdentityKey>>& ids) {
    ProfileId mine = kNoProfile;
    bool named = false;
    for (const auto& [name, id] : ids) named = named || (id.user && find(name) == kNoProfile);
    for (const auto& [name, id] : ids) {
      const ProfileId other = find(name);
      if (other == kNoProfile || other == mine) continue;
      const bool two_names =
          (named || (mine != kNoProfile && people_[mine].named)) && people_[other].named;
      if (two_names && !id.same) continue;
      mine = mine == kNoProfile ? other : merge(mine, other);
    }
    std::size_t total = 0;
    for (const auto& [number, person] : people_) total += person.ids.size();
    if (mine == kNoProfile) {
      if (total >= limits_.ids_total_max) return kNoProfile;
      mine = ++made_;
    }
    for (const auto& [name, id] : ids) {
      if (find(name) != kNoProfile) continue;
      if (people_[mine].ids.size() >= limits_.ids_max || total++ >= limits_.ids_total_max) continue;
      people_[mine].ids.insert(name);
      people_[mine].named |= id.user;
    }
    return mine;
  }

  ProfileId find(const std::string& name) const {
    for (const auto& [number, person] : people_)
      if (person.ids.contains(name)) return number;
    return kNoProfile;
  }
  std::size_t size() const { return people_.size(); }

 private:
  struct Person {
    std::set<std::string> ids;
    bool named = false;
    std::size_t merges = 0;
  };

  ProfileId merge(ProfileId a, ProfileId b) {
    Person& old = people_[std::min(a, b)];
    Person& young = people_[std::max(a, b)];
    if (old.ids.size() + young.ids.size() > limits_.ids_max ||
        old.merges + young.merges + 1 > limits_.merges_max)
      return a;
    old.ids.merge(young.ids);
    old.named |= young.named;
    old.merges += young.merges + 1;
    people_.erase(std::max(a, b));
    return std::min(a, b);
  }

  IdentityLimits limits_;
  std::map<ProfileId, Person> people_;
  ProfileId made_ = 0;
};

TEST(IdentityTable, EqualsSetsOfNamesThroughAnyHistoryAndRestarts) {
  const bool holds = rc::check([](std::uint64_t seed) {
    Random random(seed);
    const IdentityLimits limits = {static_cast<std::uint32_t>(1 + random.below(12)),
                                   static_cast<std::uint32_t>(random.below(6)),
                                   static_cast<std::uint32_t>(1 + random.below(60))};
    NamedPeople model(limits);
    auto table = std::make_unique<IdentityTable>(limits);
    IdentityTable straight(limits);
    MemoryStore store;
    for (int step = 0; step < 150; ++step) {
      std::map<std::string, IdentityKey> chosen;
      for (auto count = 1 + random.below(4); count > 0; --count) {
        const bool is_user = random.chance(0.3);
        const std::string name = (is_user ? "u" : "a") + std::to_string(random.below(25));
        chosen[name] = {hash128(name), is_user, random.chance(0.05)};
      }
      std::vector<std::pair<std::string, IdentityKey>> ids(chosen.rbegin(), chosen.rend());
      std::vector<IdentityKey> keys;
      for (const auto& [name, id] : ids) keys.push_back(id);
      const ProfileId wanted = model.resolve(ids);
      RC_ASSERT(resolve(*table, keys) == wanted);
      resolve(straight, keys);
      for (const auto& [name, id] : ids) RC_ASSERT(table->find(id.hash) == model.find(name));
      if (random.chance(0.1)) {
        WriteSet changes;
        table->save("i", changes);
        RC_ASSERT(store.write(changes).ok());
        if (random.chance(0.5)) {
          table = std::make_unique<IdentityTable>(limits);
          RC_ASSERT(table->restore("i", store).ok());
        }
      }
    }
    RC_ASSERT(table->profiles() == model.size());
    RC_ASSERT(table->digest() == straight.digest());
    RC_ASSERT(table->profiles_made() == straight.profiles_made());
  });
  EXPECT_TRUE(holds);
}

TEST(IdentityTable, HasAnotherDigestForAnotherHistory) {
  IdentityTable one({});
  IdentityTable two({});
  resolve(one, {key("a"), key("b")});
  resolve(two, {key("a")});
  EXPECT_NE(one.digest(), two.digest());
  resolve(two, {key("b")});
  EXPECT_NE(one.digest(), two.digest());
  resolve(two, {key("b"), key("a")});
  EXPECT_NE(one.digest(), two.digest());
  IdentityTable three({});
  resolve(three, {user("a"), key("b")});
  EXPECT_NE(one.digest(), three.digest());
}

}  // namespace
}  // namespace millrace
