// Law 4, as far as the outbox has to keep it: whatever crashes and however the receiver behaves,
// every output arrives, under its own id, those of one profile in order; a receiver that knows ids
// sees each once. One seed is one history, one receiver and one series of crashes.
#include "engine/base/codec.hpp"
#include "engine/base/random.hpp"
#include "engine/runtime/outbox.hpp"
#include "engine/state/memory_store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace millrace {
namespace {

std::uint64_t seeds() { return std::getenv("MILLRACE_SOAK") != nullptr ? 20'000 : 300; }

// Dies at one of its next writes, before or after it took effect.
class MortalStore final : public Store {
 public:
  explicit MortalStore(Random& random) : random_(random) {}
  void revive() { writes_left_ = 1 + random_.below(60); }

  Status write(const WriteSet& changes) override {
    if (writes_left_ == 0) return dead();
    if (--writes_left_ > 0) return store_.write(changes);
    if (random_.chance(0.5)) static_cast<void>(store_.write(changes));
    return dead();
  }
  Result<std::unique_ptr<StagedChanges>> stage() override { return store_.stage(); }
  Status read(std::span<const std::string> keys,
              std::vector<std::optional<std::string>>& values) override {
    return writes_left_ == 0 ? dead() : store_.read(keys, values);
  }
  Status scan_from(std::string_view prefix, std::string_view from, const Visit& visit) override {
    return writes_left_ == 0 ? dead() : store_.scan_from(prefix, from, visit);
  }
  Status compact() override { return {}; }
  std::uint64_t size_bytes() const override { return store_.size_bytes(); }

 private:
  static Status dead() { return Error{"the machine lost power"}; }

  Random& random_;
  MemoryStore store_;
  std::uint64_t writes_left_ = 0;
};

class World {
 public:
  World(std::uint64_t seed, bool topology_changes)
      : random_(seed), topology_changes_(topology_changes), store_(random_) {
    options_.sink = "hook";
    options_.store = &store_;
    options_.box.memory = {200 + random_.below(20'000)};
    options_.delivery.retry.assign(200, std::chrono::seconds(5));
    options_.delivery.failures = 1 + static_cast<std::uint32_t>(random_.below(5));
    outputs_ = 50 + random_.below(300);
    versions_.resize(outputs_);
  }

  void run() {
    for (int life = 0; life < 10'000 && !live(); ++life) ++crashes_;
  }

  void check() {
    std::set<std::string> expected;
    std::set<std::string> refused;
    for (std::uint64_t i = 0; i < outputs_; ++i)
      (refuses(id(i)) ? refused : expected).insert(id(i));
    std::set<std::string> known = made_;
    for (const std::string& one : expected) EXPECT_TRUE(received_.contains(one)) << one;
    for (const auto& [one, time] : received_) EXPECT_TRUE(known.contains(one)) << one;
    if (!topology_changes_) {
      EXPECT_EQ(received_.size(), expected.size());
    }
    std::set<std::string> dead;
    EXPECT_TRUE(read_dead_letters(store_, "hook", [&](const DeadLetter& letter) {
                  dead.insert(letter.delivery.id);
                  return true;
                }).ok());
    for (const std::string& one : refused) EXPECT_TRUE(dead.contains(one)) << one;
    std::size_t left = 0;
    EXPECT_TRUE(store_.scan(outbox_key("hook", 'e'), [&](auto, auto) { return ++left > 0; }).ok());
    EXPECT_EQ(left, 0U);
    EXPECT_EQ(disorder_, 0);
  }

 private:
  std::string id(std::uint64_t i) const { return fmt::format("id{}.{}", i, versions_[i]); }
  static bool refuses(const std::string& id) { return hash64(id) % 16 == 0; }
  ProfileId profile(std::uint64_t i) const { return 1 + mix64(i) % 9; }

  // From the last checkpoint to the next crash; true if everything is done.
  bool live() {
    store_.revive();
    std::uint64_t position = 0;
    std::string state;
    std::vector<std::optional<std::string>> values;
    const std::string key = "checkpoint";
    if (!store_.read({&key, 1}, values)) return false;
    if (values[0]) {
      ByteReader from(*values[0]);
      position = from.varint();
      state = from.text();
    }
    if (topology_changes_)
      for (std::uint64_t i = position; i < outputs_; ++i)
        if (random_.chance(0.1)) ++versions_[i];
    outbox_.emplace(options_);
    flying_.clear();
    if (!outbox_->open(state)) return false;
    while (true) {
      now_ += Duration(random_.below(2000));
      if (random_.chance(0.002)) return false;
      if (!step(position)) return false;
      if (position == outputs_ && outbox_->status().pending == 0 && flying_.empty())
        return checkpoint(position) && outbox_->keep(now_, true).ok();
    }
  }

  bool step(std::uint64_t& position) {
    switch (random_.below(10)) {
      case 0:
        return outbox_->keep(now_, random_.chance(0.3)).ok();
      case 1:
        return !random_.chance(0.3) || checkpoint(position);
      case 2:
      case 3:
      case 4:
        return position == outputs_ || add(position++);
      default:
        if (flying_.size() < 5)
          if (const Delivery* next = outbox_->take(now_)) flying_.push_back(next);
        if (!flying_.empty() && random_.chance(0.7)) answer();
        return outbox_->keep(now_).ok();
    }
  }

  bool add(std::uint64_t i) {
    made_.insert(id(i));
    Pending item;
    item.profile = profile(i);
    item.delivery.id = id(i);
    item.delivery.body = std::string(mix64(i) % 300, 'x');
    item.delivery.time = now_;
    return outbox_->add(std::move(item)).ok();
  }

  bool checkpoint(std::uint64_t position) {
    WriteSet changes;
    const std::string state = outbox_->commit(changes);
    // Workers go on meanwhile.
    if (!flying_.empty()) answer();
    if (!outbox_->keep(now_, true)) return false;
    std::string bytes;
    ByteWriter to(bytes);
    to.varint(position);
    to.text(state);
    changes.put("checkpoint", std::move(bytes));
    if (!store_.write(changes)) return false;
    outbox_->committed();
    return true;
  }

  // The receiver, for one that is under way.
  void answer() {
    const std::size_t which = random_.below(flying_.size());
    const Delivery& delivery = *flying_[which];
    flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(which));
    if (refuses(delivery.id)) return outbox_->settle(delivery, Answer::refuse("bad"), now_);
    const double dice = random_.uniform();
    if (dice < 0.2) return outbox_->settle(delivery, Answer::retry("500"), now_);
    if (dice < 0.3) return outbox_->settle(delivery, Answer::down("refused"), now_);
    receive(delivery);
    // Its answer may be lost on the way.
    outbox_->settle(delivery, dice < 0.4 ? Answer::down("reset") : Answer::delivered(), now_);
  }

  void receive(const Delivery& delivery) {
    if (!received_.emplace(delivery.id, now_).second) return;  // it knows ids
    const std::uint64_t number = delivery.sequence;
    const auto [last, first] = last_of_profile_.try_emplace(profile(number), number);
    if (!topology_changes_ && last->second > number) ++disorder_;
    last->second = number;
  }

  Random random_;
  const bool topology_changes_;
  MortalStore store_;
  OutboxOptions options_;
  std::optional<Outbox> outbox_;
  std::vector<const Delivery*> flying_;
  std::uint64_t outputs_ = 0;
  std::vector<int> versions_;  // of each output: what a changed topology makes has another id
  std::set<std::string> made_;
  std::map<std::string, Time> received_;
  std::map<ProfileId, std::uint64_t> last_of_profile_;
  int disorder_ = 0;
  int crashes_ = 0;
  Time now_ = *parse_time("2026-11-01T12:00:00Z");
};

TEST(OutboxLaws, EveryOutputArrivesUnderItsIdWhateverCrashes) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World world(seed, false);
    world.run();
    world.check();
    if (HasFailure()) return;
  }
}

TEST(OutboxLaws, SoDoTheOutputsOfAChangedTopology) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World world(seed, true);
    world.run();
    world.check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
