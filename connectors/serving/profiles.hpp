// Profiles as programs ask for them: GET /v1/profiles/{id} and GET /v1/profiles/{id}/segments.
//
// {id} is an identifier as the topology names them (`user_id:42`, `email:…`), a bare user id or
// anonymous id, or a profile's own text. What comes first of these wins: the text as an identifier
// if it has a colon, then as a user id, then as an anonymous id, then as a profile's text.
//
// ?after=POSITION reads what was written: the answer then holds the record at that position of the
// journal, or is a 503 with Retry-After.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/operator/queries.hpp"

#include <string_view>

namespace millrace::serving {

// `queries` outlives the server.
void add_profile_routes(http::Routes& routes, Queries& queries);

// Looks for `id` in the order above. `done` as Queries::profile calls it.
void find_profile(Queries& queries, std::string_view id, Position after, Queries::ProfileDone done);

}  // namespace millrace::serving
