// Posts outputs to a URL as signed JSON, after the Standard Webhooks specification.
#pragma once

namespace millrace {

class Registry;

// The sink as a topology names it: `webhook`.
void add_webhook(Registry& registry);

}  // namespace millrace
