// Requests recorded from unmodified SDKs go through the collector, the journal's form and the whole
// engine, and become the events that were sent.
#pragma once

#include "engine/engine.hpp"
#include "engine/event/json_projector.hpp"
#include "engine/journal/record.hpp"
#include "engine/runtime/feeds.hpp"
#include "engine/runtime/pipeline.hpp"
#include "operators/builtin.hpp"
#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"
#include "tests/unit/operators/ingest/parser_under_test.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

namespace millrace::protocols {

namespace fs = std::filesystem;

inline constexpr std::array<std::string_view, 15> kHeaders = {"authorization",
                                                              "content-encoding",
                                                              "content-type",
                                                              "origin",
                                                              "user-agent",
                                                              "host",
                                                              "access-control-request-headers",
                                                              "access-control-request-method",
                                                              "x-retry-count",
                                                              "posthog-sdk-info",
                                                              "posthog-request-timestamp",
                                                              "sp-anonymous",
                                                              "x-write-key",
                                                              "anonymousid",
                                                              "x-umami-cache"};

inline std::vector<JsonField> recorded_fields() {
  std::vector<JsonField> fields;
  for (const auto path : {"m", "url", "enc", "body"}) fields.push_back({*parse_path(path)});
  for (const auto name : kHeaders) fields.push_back({{{"h"}, {std::string(name)}}});
  return fields;
}

inline std::string text_of(const Value& value) {
  return value.is(ValueKind::kString) ? std::string(value.text()) : std::string();
}

// The requests of a recording that `ours` picks.
inline std::vector<Asked> recorded(const fs::path& file,
                                   const std::function<bool(const Asked&)>& ours) {
  JsonProjector projector(recorded_fields(), "");
  std::vector<Asked> found;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    Arena arena;
    if (!projector.read(line, arena)) continue;
    const auto values = projector.top().values;
    const std::string method = text_of(values[0]);
    Asked asked{.method = method == "POST"      ? http::Method::kPost
                          : method == "OPTIONS" ? http::Method::kOptions
                                                : http::Method::kGet,
                .target = text_of(values[1]),
                .body = text_of(values[3]),
                .received = *parse_time("2026-11-21T20:58:00Z")};
    if (!ours(asked)) continue;
    // The recorder unpacked bodies: pack them again as they came.
    if (text_of(values[2]) == "gzip") asked.body = gzipped(asked.body);
    for (std::size_t i = 0; i < kHeaders.size(); ++i)
      if (const std::string value = text_of(values[4 + i]); !value.empty())
        asked.headers.emplace_back(kHeaders[i], value);
    found.push_back(std::move(asked));
  }
  return found;
}

using Counts = std::map<std::string, int>;

inline std::string word_of(EventKind kind) {
  constexpr std::array<std::string_view, 6> kKinds = {
      "track", "page", "screen", "identify", "group", "alias"};
  return std::string(kKinds[static_cast<std::size_t>(kind)]);
}

// "track:Ev:u1" and the like, with how often; every message id is there once.
inline Counts events_in(const FakeIntake& intake) {
  ParserUnderTest parser("{}");
  Counts events;
  std::map<std::string, int> ids;
  for (std::size_t i = 0; i < intake.size(); ++i) {
    Batch batch;
    parser->parse(intake.hit(i), i, batch);
    for (const auto& reject : batch.rejects) ADD_FAILURE() << reject.reason << " " << reject.detail;
    for (const auto& event : batch.events) {
      ++events[word_of(event.kind) + ":" + std::string(event.name_text) + ":" +
               std::string(event.user_id)];
      EXPECT_FALSE(event.message_id.starts_with("auto-"));
      EXPECT_EQ(++ids[std::string(event.message_id)], 1) << event.message_id;
      EXPECT_EQ(event.source, "web");
    }
  }
  return events;
}

// Runs the journal's records through an engine.
inline Totals processed(const FakeIntake& intake) {
  Registry registry;
  add_builtin_operators(registry);
  config::Problems problems;
  EngineOptions options;
  options.executor = ExecutorKind::kThreads;
  auto engine = Engine::load("version: 1\nnodes:\n  parse: {}\n  identify: {}\n  dedupe: {}\n",
                             "golden.yaml",
                             registry,
                             std::move(options),
                             problems);
  CHECK(engine.ok());
  std::vector<std::string> padded;
  std::vector<Record> records;
  padded.reserve(intake.size());
  for (const auto& [time, payload] : intake.payloads()) {
    padded.push_back(payload + std::string(kPayloadPadding, '\0'));
    records.push_back({records.size(),
                       time,
                       std::string_view(padded.back()).substr(0, payload.size()),
                       RecordKind::kHit});
  }
  MemoryFeed feed(records);
  EXPECT_TRUE((*engine)->run(feed).ok());
  return (*engine)->totals();
}

}  // namespace millrace::protocols
