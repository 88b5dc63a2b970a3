// The plain page at `/`: rate, lag, segments, one customer, and what happens, in any browser. Three
// files that are part of the program; all they show comes from the API.
#pragma once

#include "connectors/http/routes.hpp"

namespace millrace::server {

void add_page_routes(http::Routes& routes);

}  // namespace millrace::server
