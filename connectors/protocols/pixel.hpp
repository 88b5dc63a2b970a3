// The plain 1x1 pixel, for e-mails and pages without scripts: an event in a query, a GIF for an
// answer, and a first-party cookie that knows the visitor again.
//
//   GET /pixel.gif?writeKey=K&event=Order+Completed&userId=u1&properties.revenue=12.5
//
// A parameter is a field of a Segment-spec event by its dotted path: type, event, name, userId,
// anonymousId, messageId, timestamp, context.page.url, traits.email; any other name is a property.
// Among properties and traits a plain number is a number, and true and false are what they say.
// Without `type` it is a track event if it names one, else a page; without an id it is the
// cookie's; Referer is its page.
//
// The answer is always the GIF: 200 also for what can never be accepted, with the reason in
// X-Millrace-Reason, since nobody would see another; 503 where there is no room, so that 200 says
// that it is kept.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect pixel();

// The same for other protocols that have pixels of this kind; an endpoint's type holds.
Decoded read_pixel(const http::Request& request, const Endpoint& endpoint, Workbench& bench);

}  // namespace millrace::protocols
