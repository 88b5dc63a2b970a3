// All protocols before a fake intake, with two write keys.
#pragma once

#include "connectors/admission/gate.hpp"
#include "connectors/protocols/protocols.hpp"
#include "engine/metrics/exposition.hpp"
#include "tests/support/collecting.hpp"

namespace millrace::protocols {

struct CollectingWorld {
  explicit CollectingWorld(admission::CollectConfig config = {}, admission::Keys keys = some_keys())
      : ring(std::move(keys)),
        collector(config, intake, ring, metrics),
        protocols(collector),
        gate(admission::make_gate(ring, config.cors)) {
    protocols.add_routes(routes);
  }

  static admission::Keys some_keys() {
    admission::KeysConfig config;
    config.write = {
        {.key = "wk1", .source = "web", .origins = {}, .rate = {}},
        {.key = "bound", .source = "shop", .origins = {"https://shop.example"}, .rate = {}}};
    return admission::Keys(config);
  }

  http::Response ask(const Asked& asked) { return millrace::ask(routes, gate, asked); }

  FakeIntake intake;
  admission::KeyRing ring;
  Metrics metrics;
  admission::Collector collector;
  Protocols protocols;
  http::Routes routes;
  http::Gate gate;
};

}  // namespace millrace::protocols
