// A body that is in the Segment spec already, as several protocols have it: checked, and journaled
// as it came. Called by decoders on I/O threads.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

// As Endpoint::example: one event, of whatever type the path says, and a batch.
inline constexpr std::string_view kSpecExample =
    R"({"event":"E","userId":"u","groupId":"g","previousId":"p","writeKey":"KEY"})";
inline constexpr std::string_view kSpecBatchExample =
    R"({"batch":[{"type":"track","event":"E","userId":"u"}],"writeKey":"KEY"})";

// `key` is the write key that the request's head gives; empty: it is `writeKey` in the body. It
// lasts as long as what is read.
Reading read_spec_body(const http::Request& request,
                       const Endpoint& endpoint,
                       std::string_view key,
                       Workbench& bench);

// After read_spec_body gave no refusal: whether every event, or the one that the body is, says who
// it is about.
bool all_have_ids(const Workbench& bench);

}  // namespace millrace::protocols
