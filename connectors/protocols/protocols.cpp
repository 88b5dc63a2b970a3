#include "connectors/protocols/protocols.hpp"

#include "connectors/protocols/pixel.hpp"
#include "connectors/protocols/segment.hpp"

namespace millrace::protocols {

Protocols::Protocols(admission::Collector& collector)
    : collector_(collector),
      benches_({.event_max = collector.config().event_max.bytes,
                .batch_max = collector.config().batch_max.bytes,
                .events_max = collector.config().batch_events_max}) {}

void Protocols::add_routes(http::Routes& routes) {
  add_segment(collector_, benches_, routes);
  add_pixel(collector_, benches_, routes);
}

}  // namespace millrace::protocols
