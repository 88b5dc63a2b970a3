// What becomes of outputs on their way out: GET /v1/sinks, GET /v1/sinks/{name}/dead-letters and
// POST /admin/sinks/{name}/enable.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/operator/queries.hpp"

namespace millrace::serving {

// `queries` outlives the server.
void add_sink_routes(http::Routes& routes, Queries& queries);

}  // namespace millrace::serving
