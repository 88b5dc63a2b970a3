// Any bytes as the body of a hit: the projector agrees with the plain checker on whether they are
// JSON, and the parse operator accounts for what they hold.
#include "engine/base/check.hpp"
#include "engine/config/node.hpp"
#include "engine/event/json_projector.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <memory>
#include <vector>

namespace millrace {
namespace {

// Made once, as one thread of an engine does.
class Target {
 public:
  Target() : projector_(fields(), "batch"), lane_(catalog_, numbers_) {
    for (const auto path : kPaths) catalog_.projection.add(path);
    Registry registry;
    add_builtin_operators(registry);
    config::Problems problems;
    const auto document = config::Document::load("{}", "fuzz.yaml", problems);
    parser_ = registry.find("parse")->prepare(document.root(), problems, {}).make_parser(lane_);
  }

  void run(std::string_view body) {
    Batch batch;
    const bool read = projector_.read(body, batch.arena);
    const std::size_t rows = projector_.has_rows() ? projector_.rows().size() : 1;
    CHECK(read == !find_json_fault(body, 64));
    CHECK(read || projector_.fault().offset <= body.size());
    parser_->parse({.received = from_millis(1'795'294'800'000), .body = body}, 0, batch);
    CHECK(batch.events.size() + batch.rejects.size() ==
          (read ? std::max<std::size_t>(rows, 1) : 1));
    for (const Event& event : batch.events) {
      CHECK(event.time <= event.received && event.values.size() == std::size(kPaths));
      CHECK(!event.user_id.empty() || !event.anonymous_id.empty());
    }
  }

 private:
  static constexpr std::string_view kPaths[] = {
      "properties.a", "properties.l[1].b", "context.ip", "traits", "properties"};

  static std::vector<JsonField> fields() {
    std::vector<JsonField> made;
    for (const auto path : kPaths) made.push_back({*parse_path(path)});
    return made;
  }

  JsonProjector projector_;
  Catalog catalog_;
  ColumnNumbers numbers_;
  Lane lane_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static millrace::Target target;
  if (size > 256 * 1024) return 0;
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
