// Any bytes as a request to one dialect, which MILLRACE_DIALECT names: each request is answered
// once, and is in the journal as JSON that parses, or recorded as refused.
//
// Input: a byte that chooses endpoint and encoding, the query up to a line break, and the body.
#include "connectors/admission/gate.hpp"
#include "connectors/protocols/protocols.hpp"
#include "engine/base/check.hpp"
#include "engine/event/json_check.hpp"
#include "engine/metrics/metrics.hpp"
#include "tests/support/collecting.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {
namespace {

class Target {
 public:
  Target()
      : ring_(admission::Keys::development()),
        collector_({.refusals_recorded = {1e9}}, intake_, ring_, metrics_),
        protocols_(collector_) {
    protocols_.add_routes(routes_);
    for (const protocols::Dialect& dialect : protocols::dialects())
      if (dialect.name == MILLRACE_DIALECT) endpoints_ = dialect.endpoints;
    CHECK(!endpoints_.empty());
  }

  void run(std::string_view input) {
    if (input.empty()) return;
    const unsigned choice = static_cast<unsigned char>(input[0]);
    const std::size_t half = endpoints_.size();
    const protocols::Endpoint& endpoint = endpoints_[choice % half];
    input.remove_prefix(1);
    const std::string_view query = input.substr(0, input.find('\n'));
    std::string path(endpoint.pattern);
    for (std::size_t at; (at = path.find('{')) != std::string::npos;)
      path.replace(at, path.find('}', at) + 1 - at, "com.example");
    Asked asked{.method = endpoint.method, .target = path + "?" + std::string(query)};
    if (endpoint.method == http::Method::kPost && query.size() < input.size())
      asked.body = input.substr(query.size() + 1);
    if (choice / half % 2 == 1) asked.headers.emplace_back("content-encoding", "deflate");
    ask(asked);
  }

 private:
  void ask(const Asked& asked) {
    intake_.clear();
    const http::Response response = millrace::ask(routes_, {}, asked);
    CHECK(response.status < 500);
    bool refused = false;
    for (std::size_t i = 0; i < intake_.size(); ++i) {
      const Hit hit = intake_.hit(i);
      if (hit.kind == HitKind::kRefused) {
        CHECK(!hit.reason.empty());
        refused = true;
        continue;
      }
      // A query may nest deeper than an event may: the parser says so.
      const auto fault = find_json_fault(hit.body, 64);
      CHECK(!fault || fault->reason == "too_deep");
    }
    CHECK(refused || header_of(response, "X-Millrace-Reason").empty());
  }

  FakeIntake intake_;
  Metrics metrics_;
  admission::KeyRing ring_;
  admission::Collector collector_;
  protocols::Protocols protocols_;
  http::Routes routes_;
  std::vector<protocols::Endpoint> endpoints_;
};

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static millrace::Target target;
  if (size > 256 * 1024) return 0;
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
