// Matomo's tracking API (developer.matomo.org/api-reference/tracking-api): one request by GET or
// POST, with its parameters in the query or a form, or many in a JSON body.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

// `keys` know whose token_auth counts; they outlive the dialect. Null: nobody's.
Dialect matomo(const admission::KeyRing* keys);

}  // namespace millrace::protocols
