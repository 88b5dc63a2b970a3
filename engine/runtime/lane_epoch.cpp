// What a lane does when it looks at all of its profiles: epochs and digests.
#include "engine/runtime/emitter.hpp"
#include "engine/runtime/lane_runner.hpp"

#include <algorithm>
#include <bit>

namespace millrace {
namespace {

// The engine's sample of profiles: those whose hash begins with `zeros` zero bits. The salt keeps
// it independent of the shards, which use the same hash.
bool in_sample(ProfileId profile, unsigned zeros) {
  return zeros == 0 || mix64(profile ^ 0x5a3917f1c0de4e55ULL) >> (64 - zeros) == 0;
}

}  // namespace

class LaneRunner::EpochView final : public Epoch {
 public:
  EpochView(Publisher& publisher,
            std::uint64_t number,
            bool again,
            std::vector<std::uint32_t> shards)
      : publisher_(publisher),
        number_(number),
        again_(again),
        shards_(std::move(shards)),
        slots_(shards_.size()) {}

  void add(std::uint32_t shard, Slot slot) { slots_[index(shard)].push_back(slot); }
  void set_node(std::size_t node) {
    node_ = node;
    published_ = publisher_.get(node, number_);
  }

  std::uint64_t number() const override { return number_; }
  std::string_view published() const override { return published_; }
  std::span<const Slot> sample(std::uint32_t shard) const override { return slots_[index(shard)]; }
  std::span<const std::uint32_t> shards() const override { return shards_; }
  void gather(std::uint32_t shard, std::string part) override {
    if (!again_) publisher_.add(node_, number_, shard, std::move(part));
  }

 private:
  std::size_t index(std::uint32_t shard) const {
    const auto at = std::lower_bound(shards_.begin(), shards_.end(), shard);
    CHECK(at != shards_.end() && *at == shard);
    return static_cast<std::size_t>(at - shards_.begin());
  }

  Publisher& publisher_;
  std::uint64_t number_;
  bool again_;  // what lanes gathered then is with the checkpoint
  std::vector<std::uint32_t> shards_;
  std::vector<std::vector<Slot>> slots_;
  std::size_t node_ = 0;
  std::string published_;
};

std::vector<std::uint32_t> LaneRunner::shards() const {
  std::vector<std::uint32_t> all;
  for (std::uint32_t shard = index_; shard < context_.placement.shards;
       shard += context_.placement.lanes)
    all.push_back(shard);
  return all;
}

void LaneRunner::resume(std::uint64_t epoch, Time clock, Position position) {
  processed_ = position;
  lane_.set_now(clock);
  if (epoch == 0) return;
  EpochView view(context_.publisher, epoch, true, shards());
  for (std::size_t node = 0; node < operators_.size(); ++node) {
    if (context_.plan.nodes[node].publish_delay == 0) continue;
    view.set_node(node);
    operators_[node]->on_epoch(view);
  }
}

Status LaneRunner::on_epoch(const Event& event, Work& work) {
  lane_.set_now(event.now);
  if (!context_.publisher.gathers()) return {};
  // The sample halves whenever the number of profiles doubles: a function of the journal alone.
  const std::uint64_t times = work.profiles / std::max<std::uint32_t>(1, context_.plan.sample);
  const auto zeros = static_cast<unsigned>(std::bit_width(times));
  std::vector<ProfileId> spilled;
  for (const ProfileId profile : profiles_aside())
    if (in_sample(profile, zeros)) spilled.push_back(profile);
  if (!spilled.empty())
    if (Status done = fetch(spilled); !done) return done;

  EpochView view(context_.publisher, work.epoch, false, shards());
  std::vector<std::pair<ProfileId, Slot>> sampled;
  for (Slot slot = 0; slot < lane_.table().slot_end(); ++slot) {
    const ProfileId profile = lane_.table().profile(slot);
    if (profile != kNoProfile && in_sample(profile, zeros)) sampled.emplace_back(profile, slot);
  }
  std::sort(sampled.begin(), sampled.end());
  for (const auto& [profile, slot] : sampled) view.add(context_.placement.shard(profile), slot);
  for (std::size_t node = 0; node < operators_.size(); ++node) {
    if (context_.plan.nodes[node].publish_delay == 0) continue;
    view.set_node(node);
    operators_[node]->on_epoch(view);
  }
  return {};
}

Result<Hash128> LaneRunner::digest() {
  Hash128 sum;
  const auto add = [&](ProfileId profile, std::string_view record) {
    std::string bytes = profile_key('p', profile);
    bytes += record;
    sum += hash128(bytes);
  };
  std::string record;
  for (Slot slot = 0; slot < lane_.table().slot_end(); ++slot) {
    if (lane_.table().profile(slot) == kNoProfile) continue;
    record.clear();
    lane_.table().encode(slot, record);
    add(lane_.table().profile(slot), record);
  }
  const std::vector<ProfileId> aside = profiles_aside();
  std::vector<std::string> records;
  for (std::size_t at = 0; at < aside.size(); at += records.size()) {
    const auto rest = std::span(aside).subspan(at);
    const auto some = rest.first(std::min<std::size_t>(rest.size(), 1024));
    if (Status read = read_aside(some, records); !read) return read.error();
    for (std::size_t i = 0; i < some.size(); ++i) add(some[i], records[i]);
  }
  return sum;
}

}  // namespace millrace
