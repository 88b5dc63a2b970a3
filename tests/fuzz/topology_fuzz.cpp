// Any bytes as a topology file: loaded, checked, planned and explained, or refused with a reason.
// What is explained as configuration is a topology again.
#include "connectors/builtin.hpp"
#include "engine/base/check.hpp"
#include "engine/topology/explain.hpp"
#include "engine/topology/topology.hpp"
#include "operators/builtin.hpp"

#include <cstdint>
#include <string>

namespace millrace {
namespace {

Registry make_registry() {
  Registry registry;
  add_builtin_operators(registry);
  add_builtin_connectors(registry);
  return registry;
}

std::optional<Explanation> read(std::string text, const Registry& registry) {
  config::Problems problems;
  const auto document = config::Document::load(text, "fuzz.yaml", problems);
  const auto topology =
      problems.empty() ? load_topology(document, registry, nullptr, problems) : std::nullopt;
  const auto plan = topology ? make_plan(*topology, problems) : nullptr;
  CHECK(problems.empty() == (plan != nullptr));
  if (!plan) {
    CHECK(!config::render_all(problems, text).empty());
    return std::nullopt;
  }
  return explain(*topology, *plan);
}

void run(std::string text, const Registry& registry) {
  const auto explanation = read(std::move(text), registry);
  if (!explanation) return;
  CHECK(!explain_as_text(*explanation).empty() && !explain_as_json(*explanation).empty());
  CHECK(!explain_as_dot(*explanation).empty() && !explain_as_mermaid(*explanation).empty());
  const std::string config = explain_as_config(*explanation);
  const auto again = read(config, registry);
  CHECK(again && explain_as_config(*again) == config);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const millrace::Registry registry = millrace::make_registry();
  if (size > 64 * 1024) return 0;
  millrace::run({reinterpret_cast<const char*>(data), size}, registry);
  return 0;
}
