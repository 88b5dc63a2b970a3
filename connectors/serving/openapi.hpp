// The OpenAPI 3.1 document of the server, made from its routes: what is not in the table is not in
// the document, and the other way round.
#pragma once

#include "connectors/http/routes.hpp"

#include <string>

namespace millrace::serving {

std::string openapi(const http::Routes& routes);

// GET /openapi.json. `routes` outlives the server and has all its routes before it starts.
void add_openapi_route(http::Routes& routes);

}  // namespace millrace::serving
