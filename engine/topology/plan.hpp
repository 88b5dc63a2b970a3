// What a topology becomes once it is checked: operators resolved and fused into the stages that run
// them, fields and names numbered. A value that starts nothing; the runtime builds from it.
#pragma once

#include "engine/operator/catalog.hpp"
#include "engine/operator/delivery.hpp"
#include "engine/operator/identifier.hpp"
#include "engine/operator/lane.hpp"
#include "engine/operator/operator.hpp"
#include "engine/operator/parser.hpp"
#include "engine/operator/sink.hpp"
#include "engine/state/profile_table.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

// A node whose operator sees events: before identification (stateless, run by every parser) or in
// lanes.
struct PlanNode {
  std::string name;  // as the topology calls it
  std::string type;  // the operator
  std::function<std::unique_ptr<Operator>(Lane&)> make;
  std::uint64_t next = 0;  // bit n: node n of the same stage gets what this one keeps or emits
  std::uint32_t publish_delay = 0;  // epochs; 0 if the operator gathers nothing
};

// A node that takes out what others put out or reject.
struct PlanSink {
  std::string name;
  std::function<std::unique_ptr<Sink>()> make;
  std::function<std::unique_ptr<DeliveringSink>()> make_delivering;  // or this, behind an outbox
  OutboxConfig outbox;
  DeliveryConfig delivery;
  bool everything = false;  // of every node; else:
  std::vector<std::string> outputs_of;
  std::vector<std::string> rejects_of;
};

// At most this many nodes a stage: they are sets of bits.
inline constexpr std::size_t kNodesMax = 64;

struct Plan {
  std::string name;
  std::uint32_t shards = 64;
  std::uint32_t sample = 20'000;   // profiles that epochs look at, roughly
  std::uint64_t memory_bytes = 0;  // of profiles held in memory; 0: no bound
  Catalog catalog;
  ColumnNumbers numbers;

  std::string parser_name;
  std::function<std::unique_ptr<Parser>(Lane&)> make_parser;
  std::vector<PlanNode> ingest;  // in topology order; a chain
  std::string identifier_name;
  std::function<std::unique_ptr<Identifier>(Lane&)> make_identifier;
  std::vector<PlanNode> nodes;  // of lanes, in topology order
  std::uint64_t entry = 0;      // bit n: node n gets what identification keeps
  std::vector<PlanSink> sinks;
};

}  // namespace millrace
