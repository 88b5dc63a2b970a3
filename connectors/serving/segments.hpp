// Segments as programs ask for them: GET /v1/segments and GET /v1/segments/{name}/members.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/operator/queries.hpp"

namespace millrace::serving {

// `queries` outlives the server.
void add_segment_routes(http::Routes& routes, Queries& queries);

}  // namespace millrace::serving
