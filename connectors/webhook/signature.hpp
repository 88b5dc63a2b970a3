// Signatures of the Standard Webhooks specification (standardwebhooks.com, version 1): the receiver
// checks that a request comes from who shares a secret with it, and is not an old one. Pure
// functions; any thread.
#pragma once

#include "engine/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::webhook {

// The key of a secret: `whsec_` and base64 of 24 to 64 bytes. Nothing if it is none.
std::optional<std::string> decode_secret(std::string_view secret);

// The value of `webhook-signature`: "v1," and base64 of the HMAC-SHA256 of `id.timestamp.body`,
// once for each key, separated by spaces. The timestamp is in whole seconds.
std::string sign(const std::vector<std::string>& keys,
                 std::string_view id,
                 Time timestamp,
                 std::string_view body);

// The value of `webhook-timestamp`.
std::string timestamp_text(Time timestamp);

}  // namespace millrace::webhook
