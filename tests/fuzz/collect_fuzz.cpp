// Any bytes as a body to Segment's API and as a query to the pixel: each request is answered once,
// and what is answered 200 is in the journal as JSON that parses.
#include "connectors/admission/gate.hpp"
#include "connectors/protocols/protocols.hpp"
#include "engine/base/check.hpp"
#include "engine/event/json_check.hpp"
#include "engine/metrics/metrics.hpp"
#include "tests/support/collecting.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {
namespace {

class Target {
 public:
  Target() : ring_(keys()), collector_({}, intake_, ring_, metrics_), protocols_(collector_) {
    protocols_.add_routes(routes_);
  }

  void run(std::string_view input) {
    const std::string bytes(input.substr(input.empty() ? 0 : 1));
    const unsigned choice = input.empty() ? 0 : static_cast<unsigned char>(input[0]);
    intake_.clear();
    if (choice % 4 == 0)
      return ask({.method = http::Method::kGet, .target = "/pixel.gif?" + bytes});
    Asked asked{.target = choice % 4 == 1 ? "/v1/batch" : "/v1/t", .body = bytes};
    if (choice % 4 == 3) asked.headers = {{"authorization", bytes.substr(0, 64)}};
    if (choice & 4) asked.headers.emplace_back("content-encoding", "deflate");
    ask(asked);
  }

 private:
  static admission::Keys keys() {
    admission::KeysConfig config;
    config.write = {{.key = "wk1", .source = "web", .origins = {}, .rate = {}}};
    return admission::Keys(config);
  }

  void ask(const Asked& asked) {
    const http::Response response = millrace::ask(routes_, {}, asked);
    const bool refused = !header_of(response, "X-Millrace-Reason").empty();
    CHECK(refused || response.status == 200);
    for (std::size_t i = 0; i < intake_.size(); ++i) {
      const Hit hit = intake_.hit(i);
      CHECK((hit.kind == HitKind::kRefused) == refused);
      if (refused) {
        CHECK(!hit.reason.empty());
      } else {
        // A query may nest deeper than an event may: the parser says so.
        const auto fault = find_json_fault(hit.body, 64);
        CHECK(!fault || (hit.protocol == "pixel" && fault->reason == "too_deep"));
      }
    }
  }

  FakeIntake intake_;
  Metrics metrics_;
  admission::KeyRing ring_;
  admission::Collector collector_;
  protocols::Protocols protocols_;
  http::Routes routes_;
};

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static millrace::Target target;
  if (size > 256 * 1024) return 0;
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
