// How the read API answers, and how it reads what it is asked: shared by its routes. Pure; any
// thread.
#pragma once

#include "connectors/http/exchange.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::serving {

// A 200 that nobody keeps: what is known of customers changes, and belongs into no cache.
http::Response answer(const std::function<void(JsonWriter&)>& write);

// 503 with Retry-After for Fault::kBusy, 404 for kMissing, else 500.
http::Response failure(const Error& error);

struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};
// The number that the query has under `name`, or `otherwise`; nothing if what it has is not a whole
// number in the range, and `bad` then says so.
std::optional<std::uint64_t> number(const http::Request& request,
                                    std::string_view name,
                                    std::uint64_t otherwise,
                                    Range range,
                                    http::Response& bad);

// All of `text` as a number in decimal digits.
std::optional<std::uint64_t> whole_number(std::string_view text);

}  // namespace millrace::serving
