// The parse operator, built from its YAML as a topology builds it, for a topology that uses
// `fields` of events and speaks of the track events `names`.
#pragma once

#include "engine/config/node.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

class ParserUnderTest {
 public:
  explicit ParserUnderTest(std::string yaml,
                           const std::vector<std::string_view>& fields = {},
                           const std::vector<std::string_view>& names = {}) {
    for (const auto name : names) catalog_.names.add(name);
    for (const auto field : fields) catalog_.projection.add(field);
    Registry registry;
    add_builtin_operators(registry);
    config::Problems problems;
    const auto document = config::Document::load(std::move(yaml), "test.yaml", problems);
    const auto prepared = registry.find("parse")->prepare(document.root(), problems, {});
    CHECK(problems.empty());
    lane_ = std::make_unique<Lane>(catalog_, numbers_);
    parser_ = prepared.make_parser(*lane_);
  }

  Parser* operator->() { return parser_.get(); }

 private:
  Catalog catalog_;
  ColumnNumbers numbers_;
  std::unique_ptr<Lane> lane_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace millrace
