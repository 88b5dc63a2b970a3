// Any bytes as a part of a checkpoint: a profile's record, the numbers of columns, the identities.
// The first byte says which. What is read is written again and reads the same.
#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/state/memory_store.hpp"
#include "engine/topology/topology.hpp"
#include "operators/builtin.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {
namespace {

constexpr const char* kTopology = R"yaml(
events: {purchase: Order Completed, product_view: Product Viewed, cart_add: Product Added}
nodes:
  parse:
  identify:
  dedupe: {window: 24h}
  sessions:
  features:
    define:
      spend: sum(purchase.value, 90d)
      skus: distinct(purchase.sku, 30d)
      source: first(product_view.utm_source)
      engagement: rate(any, 7d) / rate(any, 28d, offset=7d)
      dearest: max(purchase.value)
  rules:
    segments:
      loyal: {when: "count(purchase, 30d) >= 3", keep: 90d}
      lapsed: "exists(purchase) and since(purchase) >= 30d"
      rich: {when: "spend > 500", until: "spend < 400"}
      regular: "in(loyal) and skus > 2 and engagement > 0.5 and source == \"mail\" and dearest > 9"
)yaml";

// A planned topology and the lane of a worker, which keeps profiles as its operators do.
class Target {
 public:
  Target() {
    add_builtin_operators(registry_);
    config::Problems problems;
    const auto document = config::Document::load(kTopology, "fuzz.yaml", problems);
    topology_ = load_topology(document, registry_, nullptr, problems);
    CHECK(topology_);
    plan_ = make_plan(*topology_, problems);
    CHECK(plan_);
  }

  void read_profile(std::string_view bytes) {
    Lane lane(plan_->catalog, plan_->numbers);
    std::vector<std::unique_ptr<Operator>> operators;
    for (const PlanNode& node : plan_->nodes) {
      lane.begin_node(node.name);
      operators.push_back(node.make(lane));
    }
    if (!lane.load(1, bytes)) {
      CHECK(lane.table().find(1) == kNoSlot);
      return;
    }
    std::string first;
    lane.table().encode(lane.table().find(1), first);
    CHECK(lane.load(2, first));
    std::string second;
    lane.table().encode(lane.table().find(2), second);
    CHECK(first == second);
    CHECK(lane.memory_bytes() > 0);
    // Timers are of operators that are there, whatever the record says.
    const auto load = [&](ProfileId profile) { return lane.table().find(profile); };
    lane.advance(from_millis(0), from_millis(1'767'571'200'000), load, [&](const Timer& timer) {
      CHECK(lane.node_of(timer.id) < operators.size());
    });
    lane.merge(lane.table().find(1), lane.table().find(2));
    lane.unload(lane.table().find(1));
    CHECK(lane.table().size() == 0);
  }

  void read_identities(std::string_view bytes) {
    Catalog catalog;
    ColumnNumbers numbers;
    Lane lane(catalog, numbers);
    auto made = plan_->make_identifier(lane);
    // A wrong hash would keep everything out: the record comes without, and gets a good one. Its
    // key is the number of the first.
    MemoryStore store;
    WriteSet changes;
    std::string record(bytes);
    ByteWriter(record).fixed64(hash64(bytes));
    changes.put("i/" + std::string(8, '\0'), std::move(record));
    CHECK(store.write(changes).ok());
    if (!made->restore("i/", store).ok()) return;
    CHECK(made->profiles() <= made->profiles_made());
    CHECK(made->digest() == made->digest());
    CHECK(made->find("user_id:ann") <= made->profiles_made());
  }

  static void read_numbers(std::string_view bytes) {
    ColumnNumbers numbers;
    if (!numbers.decode(bytes)) return;
    std::string first;
    numbers.encode(first);
    ColumnNumbers again;
    CHECK(again.decode(first));
    std::string second;
    again.encode(second);
    CHECK(first == second);
  }

 private:
  Registry registry_;
  std::optional<Topology> topology_;
  std::unique_ptr<Plan> plan_;
};

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static millrace::Target target;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'i')
    target.read_identities(bytes);
  else if (data[0] == 'n')
    millrace::Target::read_numbers(bytes);
  else
    target.read_profile(bytes);
  return 0;
}
