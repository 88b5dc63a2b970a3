// What every store promises, checked for each of them.
#include "engine/state/store.hpp"

#include "engine/base/random.hpp"
#include "engine/state/memory_store.hpp"
#include "engine/state/rocksdb_store.hpp"
#include "tests/unit/state/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <map>
#include <thread>

namespace millrace {
namespace {

using Model = std::map<std::string, std::string>;

struct StoreKind {
  const char* name;
  bool durable;
  std::unique_ptr<Store> (*open)(const std::string& directory);
};

std::unique_ptr<Store> open_memory(const std::string&) { return std::make_unique<MemoryStore>(); }

std::unique_ptr<Store> open_rocksdb(const std::string& directory) {
  RocksdbConfig config;
  config.write_buffer_bytes = 64 << 10;  // Small, so that tests reach flushes and compactions.
  auto store = open_rocksdb_store(directory, config);
  if (!store) {
    ADD_FAILURE() << store.error().what;
    std::abort();
  }
  return std::move(store).value();
}

class StoreConformance : public testing::TestWithParam<StoreKind> {
 protected:
  void reopen() {
    store_.reset();
    store_ = GetParam().open(directory_.path());
  }

  std::vector<std::optional<std::string>> read(const std::vector<std::string>& keys) {
    std::vector<std::optional<std::string>> values;
    const Status status = store_->read(keys, values);
    EXPECT_TRUE(status.ok());
    return values;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_ = GetParam().open(directory_.path());
};

Model contents(Store& store, std::string_view prefix = "") {
  Model found;
  std::string last;
  const Status status = store.scan(prefix, [&](std::string_view key, std::string_view value) {
    EXPECT_TRUE(found.empty() || last < key) << "not in key order";
    last = key;
    found.emplace(key, value);
    return true;
  });
  EXPECT_TRUE(status.ok());
  return found;
}

WriteSet puts(const Model& values) {
  WriteSet set;
  for (const auto& [key, value] : values) set.put(key, value);
  return set;
}

TEST_P(StoreConformance, StartsEmpty) {
  EXPECT_EQ(contents(*store_), Model{});
  EXPECT_EQ(read({"a"}), (std::vector<std::optional<std::string>>{std::nullopt}));
  EXPECT_EQ(read({}), std::vector<std::optional<std::string>>{});
}

TEST_P(StoreConformance, ReadsWhatWasWrittenInTheOrderAsked) {
  ASSERT_TRUE(store_->write(puts({{"a", "1"}, {"b", ""}, {"c", "3"}})).ok());
  EXPECT_EQ(read({"c", "x", "b", "c", "a"}),
            (std::vector<std::optional<std::string>>{"3", std::nullopt, "", "3", "1"}));
}

TEST_P(StoreConformance, ForgetsWhatThePassedVectorHeld) {
  std::vector<std::optional<std::string>> values(5, "stale");
  const std::vector<std::string> keys{"a"};
  ASSERT_TRUE(store_->read(keys, values).ok());
  EXPECT_EQ(values, (std::vector<std::optional<std::string>>{std::nullopt}));
}

TEST_P(StoreConformance, OverwritesAndRemoves) {
  ASSERT_TRUE(store_->write(puts({{"a", "1"}, {"b", "2"}, {"c", "3"}})).ok());
  WriteSet set;
  set.put("a", "new");
  set.remove("b");
  set.remove("never there");
  ASSERT_TRUE(store_->write(set).ok());
  EXPECT_EQ(contents(*store_), (Model{{"a", "new"}, {"c", "3"}}));
}

TEST_P(StoreConformance, LastChangeOfAKeyCounts) {
  WriteSet set;
  set.put("a", "1");
  set.remove("a");
  set.put("a", "2");
  set.put("b", "1");
  set.remove("b");
  ASSERT_TRUE(store_->write(set).ok());
  EXPECT_EQ(contents(*store_), (Model{{"a", "2"}}));
}

// Returns what was staged, and has the model know it.
std::unique_ptr<StagedChanges> stage(Store& store, Model& model, const Model& puts, bool remove) {
  auto staged = store.stage();
  CHECK(staged.ok());
  for (const auto& [key, value] : puts) {
    CHECK((remove ? (*staged)->remove(key) : (*staged)->put(key, value)).ok());
    if (remove) {
      model.erase(key);
    } else {
      model[key] = value;
    }
  }
  return *std::move(staged);
}

// Small stages and such that need a file.
TEST_P(StoreConformance, StagedChangesCountOnceAWriteTookThem) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{3} << 20}) {
    const std::string large(size, 'x');
    ASSERT_TRUE(store_->write(puts({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"q", "1"}})).ok());
    Model model = contents(*store_);
    const Model before = model;
    WriteSet set = puts({{"a", "2"}, {"b", "2"}, {"z", "2"}});
    for (const auto& [key, value] : set.changes) model[key] = *value;
    set.staged.push_back(stage(*store_, model, {{"b", large}, {"d", large}, {"e", large}}, false));
    set.staged.push_back(stage(*store_, model, {{"c", ""}, {"d", ""}, {"never", ""}}, true));
    set.staged.push_back(stage(*store_, model, {}, false));
    EXPECT_EQ(contents(*store_), before);
    ASSERT_TRUE(store_->write(set).ok());
    EXPECT_EQ(contents(*store_), model);
    if (GetParam().durable) {
      set.staged.clear();
      reopen();
      EXPECT_EQ(contents(*store_), model);
    }
    Model unused;
    static_cast<void>(stage(*store_, unused, {{"a", large}, {"b", large}, {"c", large}}, false));
    EXPECT_EQ(contents(*store_), model);
  }
}

TEST_P(StoreConformance, KeepsForTheProcessAtLeast) {
  ASSERT_TRUE(store_->write(puts({{"a", "1"}, {"b", "1"}})).ok());
  WriteSet set = puts({{"a", "2"}, {"c", "2"}});
  set.remove("b");
  ASSERT_TRUE(store_->keep(set).ok());
  EXPECT_EQ(contents(*store_), (Model{{"a", "2"}, {"c", "2"}}));
  ASSERT_TRUE(store_->write(puts({{"a", "3"}})).ok());
  EXPECT_EQ(read({"a", "b", "c"}),
            (std::vector<std::optional<std::string>>{"3", std::nullopt, "2"}));
}

TEST_P(StoreConformance, AcceptsAnEmptyWriteSet) {
  ASSERT_TRUE(store_->write({}).ok());
  EXPECT_EQ(contents(*store_), Model{});
}

TEST_P(StoreConformance, KeepsAnyBytesInUnsignedOrder) {
  const Model values{{"", "empty key"},
                     {std::string("\0", 1), std::string("\0\xff\n", 3)},
                     {std::string("a\0b", 3), "inner zero"},
                     {"a", "plain"},
                     {"\x7f", "low"},
                     {"\x80", "high"},
                     {"\xff\xff", std::string(1 << 20, 'x')}};
  ASSERT_TRUE(store_->write(puts(values)).ok());
  EXPECT_EQ(contents(*store_), values);
  EXPECT_EQ(contents(*store_, "a"),
            (Model{{"a", "plain"}, {std::string("a\0b", 3), "inner zero"}}));
  EXPECT_EQ(contents(*store_, "\xff"), (Model{{"\xff\xff", std::string(1 << 20, 'x')}}));
}

TEST_P(StoreConformance, ScansOnlyThePrefixAndStopsWhenTold) {
  ASSERT_TRUE(
      store_->write(puts({{"a", "0"}, {"b/1", "1"}, {"b/2", "2"}, {"b/3", "3"}, {"c", "4"}})).ok());
  std::vector<std::string> seen;
  ASSERT_TRUE(store_
                  ->scan("b/",
                         [&](std::string_view key, std::string_view) {
                           seen.emplace_back(key);
                           return seen.size() < 2;
                         })
                  .ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"b/1", "b/2"}));
}

TEST_P(StoreConformance, AVisitMayUseTheStoreAndDoesNotSeeIt) {
  ASSERT_TRUE(store_->write(puts({{"a", "1"}, {"b", "1"}, {"c", "1"}})).ok());
  Model seen;
  ASSERT_TRUE(store_
                  ->scan("",
                         [&](std::string_view key, std::string_view value) {
                           seen.emplace(key, value);
                           WriteSet set;
                           set.remove("b");
                           set.put("c", "2");
                           set.put("d", "2");
                           return store_->write(set).ok();
                         })
                  .ok());
  EXPECT_EQ(seen, (Model{{"a", "1"}, {"b", "1"}, {"c", "1"}}));
  EXPECT_EQ(contents(*store_), (Model{{"a", "1"}, {"c", "2"}, {"d", "2"}}));
}

TEST_P(StoreConformance, GivesSpaceBackWhenCompacted) {
  Random random(1);
  WriteSet removal;
  for (int i = 0; i < 200; ++i) {
    std::string value(10'000, '\0');
    for (auto& byte : value) byte = static_cast<char>(random.next());
    WriteSet set;
    set.put("key" + std::to_string(i), value);
    if (i > 0) removal.remove("key" + std::to_string(i));
    ASSERT_TRUE(store_->write(set).ok());
  }
  const auto full = store_->size_bytes();
  EXPECT_GT(full, 1'900'000u);
  ASSERT_TRUE(store_->write(removal).ok());
  ASSERT_TRUE(store_->compact().ok());
  EXPECT_LT(store_->size_bytes(), full / 4);
  EXPECT_EQ(contents(*store_).size(), 1u);
}

TEST_P(StoreConformance, KeepsItsContentsWhenReopened) {
  if (!GetParam().durable) GTEST_SKIP() << "ends with the process";
  ASSERT_TRUE(store_->write(puts({{"a", "1"}, {"b", "2"}})).ok());
  reopen();
  EXPECT_EQ(contents(*store_), (Model{{"a", "1"}, {"b", "2"}}));
}

// The writer gives all keys the same new value in every set, until the reader has seen enough of
// them; whoever sees two values saw half a set.
TEST_P(StoreConformance, NobodySeesHalfAWriteSet) {
  const std::vector<std::string> keys{"a", "b", "c", "d"};
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int round = 0; !done; ++round) {
      WriteSet set;
      for (const auto& key : keys) set.put(key, std::to_string(round));
      EXPECT_TRUE(store_->write(set).ok());
    }
  });
  std::optional<std::string> last;
  for (int different = 0; different < 50;) {
    const auto values = read(keys);
    for (const auto& value : values) EXPECT_EQ(value, values[0]);
    if (values[0] != last) ++different;
    last = values[0];
    const Model all = contents(*store_);
    for (const auto& [key, value] : all) EXPECT_EQ(value, all.begin()->second);
    EXPECT_TRUE(all.empty() || all.size() == keys.size());
  }
  done = true;
  writer.join();
}

TEST_P(StoreConformance, LosesNoneOfTwoWritersSets) {
  const auto write_all = [&](const std::string& name) {
    for (int i = 0; i < 100; ++i) {
      WriteSet set;
      set.put(name + std::to_string(i), name);
      EXPECT_TRUE(store_->write(set).ok());
    }
  };
  std::thread other([&] { write_all("x"); });
  write_all("y");
  other.join();
  EXPECT_EQ(contents(*store_).size(), 200u);
}

// Random histories of writes, reads, scans, compactions and reopenings, against a map.
TEST_P(StoreConformance, BehavesLikeAMap) {
  const auto keys = rc::gen::container<std::string>(rc::gen::element('a', 'b', '\0', '\xff'));
  const auto history = [&](const std::string& path) {
    auto store = GetParam().open(path);
    Model model;
    const int steps = *rc::gen::inRange(1, 40);
    for (int step = 0; step < steps; ++step) {
      const int kind = *rc::gen::inRange(0, 20);
      if (kind < 10) {
        WriteSet set;
        for (const auto& key : *rc::gen::container<std::vector<std::string>>(keys)) {
          const auto size = *rc::gen::inRange(-3, 3000);
          if (size < 0) {
            set.remove(key);
            model.erase(key);
          } else {
            set.put(key,
                    std::string(static_cast<std::size_t>(size), static_cast<char>('0' + step)));
            model[key] = set.changes.back().value.value();
          }
        }
        RC_ASSERT(store->write(set).ok());
      } else if (kind < 14) {
        const auto wanted = *rc::gen::container<std::vector<std::string>>(keys);
        std::vector<std::optional<std::string>> values;
        RC_ASSERT(store->read(wanted, values).ok());
        RC_ASSERT(values.size() == wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          const auto expected = model.find(wanted[i]);
          RC_ASSERT(values[i].has_value() == (expected != model.end()));
          if (values[i]) RC_ASSERT(*values[i] == expected->second);
        }
      } else if (kind < 17) {
        const auto prefix = *keys;
        Model expected;
        for (const auto& entry : model)
          if (entry.first.starts_with(prefix)) expected.insert(entry);
        RC_ASSERT(contents(*store, prefix) == expected);
      } else if (kind == 17) {
        RC_ASSERT(store->compact().ok());
      } else if (GetParam().durable) {
        store.reset();
        store = GetParam().open(path);
      }
    }
    RC_ASSERT(contents(*store) == model);
  };
  int run = 0;
  EXPECT_TRUE(rc::check([&] {
    const std::string path = directory_.path() + "/run" + std::to_string(run++);
    history(path);
    std::filesystem::remove_all(path);
  }));
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         StoreConformance,
                         testing::Values(StoreKind{"Memory", false, open_memory},
                                         StoreKind{"Rocksdb", true, open_rocksdb}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace millrace
