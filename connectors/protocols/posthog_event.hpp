// PostHog's events, of either version of its capture API, as events in the Segment spec. Called by
// their decoders on I/O threads.
#pragma once

#include "connectors/protocols/translation.hpp"

#include <span>
#include <string_view>

namespace millrace::protocols {

// The tables: posthog_fields.cpp.
std::span<const EventMapping> posthog_events();
std::span<const FieldMapping> posthog_fields();

// What a request says for all of its events. Views last as long as they do.
struct PosthogRequest {
  Time received{};
  std::string_view library{};  // who does not say more in its events
  std::string_view library_version{};
  std::string_view nameless{};  // what an event without a name is; empty: it is refused
};

// Why the event can never be accepted; an empty reason: it is well. `distinct_id` is what comes out
// of the places where it may stand: text, or JSON of what is none; empty: nobody.
struct PosthogJudged {
  std::string_view refused{};
  std::string_view detail{};
  std::string_view name{};
  std::string_view distinct_id{};
};
PosthogJudged judge_posthog_event(JsonNode event, const PosthogRequest& request);

// Puts a well event into the batch: itself, and an `identify` where it sets traits of a person but
// is something else. False: it was too large, and refused.
bool keep_posthog_event(JsonNode event,
                        const PosthogJudged& judged,
                        const PosthogRequest& request,
                        Workbench& bench,
                        Translation& made);

}  // namespace millrace::protocols
