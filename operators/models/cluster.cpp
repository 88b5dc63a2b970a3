// Groups profiles that are alike, and keeps the groups current: at every epoch the lanes gather a
// sample of profiles, its clusters are published, and profiles go to the nearest at their next
// event. `cluster()` reads the number.
#include "engine/base/hash.hpp"
#include "engine/expression/evaluator.hpp"
#include "engine/operator/lane_expression.hpp"
#include "engine/operator/profile_view.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/models/cluster_model.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

enum class Transform : std::uint8_t { kNone, kLog1p };
constexpr auto enum_names(Transform) {
  using config::EnumName;
  return std::array{EnumName{"none", Transform::kNone}, EnumName{"log1p", Transform::kLog1p}};
}

struct FeatureConfig {
  config::Text value;
  Transform transform = Transform::kNone;

  static std::optional<FeatureConfig> from_scalar(const config::Text& text) {
    return FeatureConfig{text, Transform::kNone};
  }
  static constexpr auto fields() {
    return std::tuple{
        config::field("value",
                      &FeatureConfig::value,
                      "A feature's name, or an expression for a number.",
                      {.required = true}),
        config::field("transform",
                      &FeatureConfig::transform,
                      "What is done to it first: log1p suits counts, money and times."),
    };
  }
};

struct ClusterConfig {
  std::uint32_t k = 8;
  std::vector<FeatureConfig> features;
  std::uint32_t delay = 1;
  std::uint64_t seed = 0;
  std::uint32_t profiles_min = 100;

  static constexpr auto fields() {
    return std::tuple{
        config::field("k", &ClusterConfig::k, "How many clusters.", {.min = 2, .max = 256}),
        config::field("features",
                      &ClusterConfig::features,
                      "What profiles are compared by; left out, recency, frequency and monetary.",
                      {.max_items = 64}),
        config::field("delay",
                      &ClusterConfig::delay,
                      "How many epochs after its sample a model is used.",
                      {.min = 1, .max = 1000}),
        config::field("seed", &ClusterConfig::seed, "Chooses where the search for centres begins."),
        config::field("profiles_min",
                      &ClusterConfig::profiles_min,
                      "With fewer profiles in the sample the model stays as it is.",
                      {.min = 2, .max = 1'000'000}),
    };
  }
};

// Which cluster a profile is in.
struct Assignment {
  static constexpr std::uint32_t kVersion = 1;

  std::uint16_t cluster = 0;  // 0: none
  std::uint32_t hour = 0;     // of the lane's clock, when it was looked at
  std::uint32_t version = 0;  // of the model; 0: has to be looked at again

  bool empty() const { return cluster == 0; }
  void encode(ByteWriter& to) const {
    to.varint(cluster);
    to.varint(hour);
    to.varint(version);
  }
  bool decode(ByteReader& from, std::uint32_t wanted) {
    const std::uint64_t read_cluster = from.varint();
    const std::uint64_t read_hour = from.varint();
    const std::uint64_t read_version = from.varint();
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    if (wanted != kVersion || read_cluster == 0 || read_cluster > 0xffff || read_hour > kMost ||
        read_version > kMost)
      return false;
    cluster = static_cast<std::uint16_t>(read_cluster);
    hour = static_cast<std::uint32_t>(read_hour);
    version = static_cast<std::uint32_t>(read_version);
    return from.ok();
  }
  void merge(const Assignment& other) {
    if (other.empty()) return;
    const bool both = !empty();
    if (!both) *this = other;
    if (both) version = 0;
  }
  std::size_t heap_bytes() const { return 0; }
};

class Cluster final : public Operator, public FactSource {
 public:
  using Config = ClusterConfig;
  static constexpr std::string_view kName = "cluster";
  static constexpr std::string_view kSummary =
      "Groups profiles that are alike by k-means, and gives each the number of its group.";

  Cluster(const Config& config, Lane& lane)
      : config_(config),
        lane_(lane),
        table_(lane.catalog().expressions.aggregates),
        state_(lane.state<Assignment>("cluster")),
        moved_(lane.counter("moved")) {
    lane.gather_at_epochs(config.delay);
    if (!lane.facts().provide(Fact::kCluster, *this))
      lane.report(
          {.path = lane.path(), .what = "a node before this one clusters profiles already"});
    if (config.features.empty()) {
      compile_defaults();
    } else {
      for (std::size_t i = 0; i < config.features.size(); ++i)
        compile_feature("features[" + std::to_string(i) + "]", config.features[i]);
    }
    index_.finish(lane.catalog());
    row_.resize(features_.size());
  }

  Verdict process(Event& event, Output&) override {
    if (model_.version == 0) return Verdict::keep();
    Assignment& own = state_[event.slot];
    const std::uint32_t hour = this_hour();
    const bool current = own.version == model_.version && (own.hour == hour || !moves_);
    if (current && index_.at(event)[0] == 0) return Verdict::keep();
    if (!read(event.slot, row_.data())) {
      own = {};
      return Verdict::keep();
    }
    const std::uint16_t cluster = model_.id_of(row_);
    if (own.cluster != 0 && own.cluster != cluster) ++moved_;
    own = {cluster, hour, model_.version};
    return Verdict::keep();
  }

  void on_epoch(Epoch& epoch) override {
    for (const std::uint32_t shard : epoch.shards()) {
      std::string part;
      for (const Slot slot : epoch.sample(shard))
        if (read(slot, row_.data()))
          part.append(reinterpret_cast<const char*>(row_.data()), row_.size() * sizeof(float));
      epoch.gather(shard, std::move(part));
    }
    if (epoch.published() == published_) return;
    published_ = epoch.published();
    auto model = ClusterModel::decode(published_);
    // A model of other features, from before the topology changed, says nothing here.
    const bool ours =
        model && model->definition == definition_ && model->scales.size() == features_.size();
    model_ = ours ? std::move(*model) : ClusterModel();
  }

  std::string publish(std::span<const std::string> parts, std::string_view previous) override {
    std::vector<float> rows;
    for (const std::string& part : parts) {
      if (part.empty()) continue;  // a shard without profiles in the sample
      const std::size_t before = rows.size();
      rows.resize(before + part.size() / sizeof(float));
      std::memcpy(rows.data() + before, part.data(), (rows.size() - before) * sizeof(float));
    }
    const std::size_t least = std::max<std::size_t>(config_.profiles_min, config_.k);
    if (rows.size() < least * features_.size()) return std::string(previous);
    const FitOptions options{.definition = definition_, .k = config_.k, .seed = config_.seed};
    return fit(rows, features_.size(), ClusterModel::decode(previous), options).encode();
  }

  void show(Slot slot, ProfileView& view) const override {
    view.put("cluster", "number", cluster(slot));
  }

  Value cluster(Slot slot) const override {
    const Assignment& own = state_[slot];
    return own.empty() ? Value() : Value::of(static_cast<double>(own.cluster));
  }

 private:
  struct Feature {
    expression::Program program;
    Transform transform;
  };

  void compile_defaults() {
    const auto& known = lane_.catalog().features;
    for (const char* name : {"recency", "frequency", "monetary"})
      if (std::any_of(
              known.begin(), known.end(), [&](const auto& one) { return one.name == name; }))
        compile_feature("features", {{name, {}}, Transform::kLog1p});
    if (features_.empty() && lane_.planning())
      lane_.report({.path = lane_.path(),
                    .what = "there is nothing to compare profiles by",
                    .hint = "list features, or put a node of type features before"});
  }

  void compile_feature(const std::string& path, const FeatureConfig& config) {
    const auto environment = lane_.catalog().environment();
    auto made = compile(lane_, config.value, path, environment, expression::Type::kAny);
    if (!made) return;
    using expression::Type;
    if (made->type != Type::kNumber && made->type != Type::kDuration && made->type != Type::kAny)
      return lane_.report(config.value.problem(
          {0, std::max<std::size_t>(config.value.value.size(), 1)},
          lane_.path() + "." + path,
          "expected a number, got " + std::string(expression::type_name(made->type))));
    definition_ =
        hash64(config.value.value, definition_ + static_cast<std::uint64_t>(config.transform));
    index_.add(0, *made, lane_);
    moves_ = moves_ || moves_with_time(*made, table_);
    features_.push_back({std::move(*made), config.transform});
  }

  std::uint32_t this_hour() const {
    return static_cast<std::uint32_t>(
        std::chrono::floor<std::chrono::hours>(lane_.now()).time_since_epoch().count());
  }

  // The profile's numbers; not a number where one is missing. False if all are.
  bool read(Slot slot, float* row) {
    lane_.facts().point(slot, nullptr);
    bool any = false;
    for (std::size_t i = 0; i < features_.size(); ++i) {
      const Value value =
          expression::evaluate(features_[i].program, table_, lane_.facts(), lane_.now()).value;
      row[i] = std::numeric_limits<float>::quiet_NaN();
      if (!value.is(ValueKind::kNumber)) continue;
      row[i] = transformed(value.number(), features_[i].transform);
      any = true;
    }
    return any;
  }
  static float transformed(double value, Transform transform) {
    constexpr double kMost = std::numeric_limits<float>::max();
    if (transform == Transform::kLog1p) value = std::copysign(std::log1p(std::abs(value)), value);
    return static_cast<float>(std::clamp(value, -kMost, kMost));
  }

  const Config config_;
  Lane& lane_;
  const expression::AggregateTable& table_;
  KeyedState<Assignment>& state_;
  std::uint64_t& moved_;  // profiles that went from one cluster to another
  std::vector<Feature> features_;
  EventIndex index_{1};  // whether an event changes a feature
  bool moves_ = false;   // whether time alone does: then profiles are looked at once an hour
  std::uint64_t definition_ = 0;
  std::vector<float> row_;  // scratch
  std::string published_;
  ClusterModel model_;  // version 0 before the first
};

}  // namespace

void add_cluster(Registry& registry) { registry.add<Cluster>(); }

}  // namespace millrace
