// Keeps the events of one profile in so many: for a trial of a topology on a part of the traffic.
#include "engine/base/hash.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

namespace millrace {
namespace {

struct SampleConfig {
  std::uint32_t one_in = 10;

  static constexpr auto fields() {
    return std::tuple{
        config::field("one_in",
                      &SampleConfig::one_in,
                      "Of how many profiles one is kept; 1 keeps all.",
                      {.min = 1, .max = 1'000'000}),
    };
  }
};

class Sample final : public Operator {
 public:
  using Config = SampleConfig;
  static constexpr std::string_view kName = "sample";
  static constexpr std::string_view kSummary =
      "Keeps all events of one profile in so many, and drops those of the others.";

  Sample(const Config& config, Lane& /*lane*/) : config_(config) {}

  Verdict process(Event& event, Output& /*out*/) override {
    // The salt makes the choice independent of shards, which are hashes of the profile as well.
    constexpr std::uint64_t kSalt = 0x7b1f0d5e6a93c248ULL;
    return mix64(event.profile ^ kSalt) % config_.one_in == 0 ? Verdict::keep()
                                                              : Verdict::drop("not_in_sample");
  }

 private:
  const Config config_;
};

}  // namespace

void add_sample(Registry& registry) { registry.add<Sample>(); }

}  // namespace millrace
