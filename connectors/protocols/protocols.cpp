#include "connectors/protocols/protocols.hpp"

#include "connectors/protocols/amplitude.hpp"
#include "connectors/protocols/ga4.hpp"
#include "connectors/protocols/jitsu.hpp"
#include "connectors/protocols/matomo.hpp"
#include "connectors/protocols/mixpanel.hpp"
#include "connectors/protocols/pixel.hpp"
#include "connectors/protocols/plausible.hpp"
#include "connectors/protocols/posthog.hpp"
#include "connectors/protocols/reference.hpp"
#include "connectors/protocols/rudderstack.hpp"
#include "connectors/protocols/segment.hpp"
#include "connectors/protocols/snowplow.hpp"
#include "connectors/protocols/umami.hpp"

namespace millrace::protocols {

std::vector<Dialect> dialects(Micro* micro, const admission::KeyRing* keys) {
  return {rudderstack(),
          jitsu(),
          amplitude(),
          mixpanel(),
          posthog(),
          posthog_v1(),
          segment(),
          ga4(),
          plausible(),
          umami(),
          pixel(),
          snowplow(micro),
          matomo(keys)};
}

Protocols::Protocols(admission::Collector& collector)
    : collector_(collector),
      benches_(collector.config()),
      micro_(collector.config().micro_events) {}

Status Protocols::keep_visitors_in(Files& files, std::string path) {
  return benches_.settings().visitors.keep_in(files, std::move(path));
}

void Protocols::add_routes(http::Routes& routes) {
  add_dialects(dialects(&micro_, &collector_.keys()), collector_, benches_, routes);
  micro_.add_routes(routes);
}

std::string protocols_reference() { return reference_of(dialects()); }

}  // namespace millrace::protocols
