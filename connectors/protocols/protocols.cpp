#include "connectors/protocols/protocols.hpp"

#include "connectors/protocols/dialect.hpp"
#include "connectors/protocols/jitsu.hpp"
#include "connectors/protocols/pixel.hpp"
#include "connectors/protocols/posthog.hpp"
#include "connectors/protocols/reference.hpp"
#include "connectors/protocols/rudderstack.hpp"
#include "connectors/protocols/segment.hpp"

namespace millrace::protocols {
namespace {

// Where several have one path, whoever claims the request first has it.
std::vector<Dialect> dialects() {
  return {rudderstack(), jitsu(), posthog(), posthog_v1(), segment(), pixel()};
}

}  // namespace

Protocols::Protocols(admission::Collector& collector)
    : collector_(collector), benches_(collector.config()) {}

void Protocols::add_routes(http::Routes& routes) {
  add_dialects(dialects(), collector_, benches_, routes);
}

std::string protocols_reference() { return reference_of(dialects()); }

}  // namespace millrace::protocols
