// Any bytes as a connection's first request: however they are cut into pieces, what parser and
// admission let in is the same, within their bounds. What they do not let in may be refused for
// another reason, or only at its end: in pieces, the parser waits for the end of a line or head.
#include "connectors/http/admission.hpp"
#include "connectors/http/exchange.hpp"
#include "connectors/http/request_parser.hpp"
#include "engine/base/check.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace millrace::http {
namespace {

using Step = RequestParser::Step;

constexpr std::size_t kHeadMax = 4 << 10;
constexpr std::size_t kBodyMax = 1 << 10;

// What the request is, or why there is none; "more" if it is not complete.
struct Seen {
  std::string verdict;
  std::string target;
  std::vector<std::string> headers;
  std::string body;
  std::size_t used = 0;  // bytes that belong to it
  bool operator==(const Seen&) const = default;
};

class Reading {
 public:
  Reading(std::string_view bytes, std::size_t piece)
      : bytes_(bytes), piece_(piece), parser_(kHeadMax, spans_) {}

  Seen run() {
    Step step = Step::kMore;
    while (step == Step::kMore && held_.size() < bytes_.size()) {
      // In memory of its own each time, as a buffer moves when it grows.
      held_ = std::string(bytes_.substr(0, held_.size() + piece_));
      step = parser_.parse_head(held_, head_);
    }
    if (step != Step::kDone) return ended(step);
    CHECK(head_.bytes.size() <= kHeadMax && head_.bytes.ends_with("\r\n\r\n"));
    const auto verdict = admit(head_, {});
    if (const Refused* refused = std::get_if<Refused>(&verdict))
      return {.verdict = std::string(refused->reason)};
    return read_body(std::get<Admitted>(verdict));
  }

 private:
  Seen ended(Step step) const {
    return {.verdict = step == Step::kMore ? "more" : std::string(parser_.refused().reason)};
  }

  Seen read_body(const Admitted& admitted) {
    CHECK(!admitted.chunked || admitted.content_length == 0);
    Seen seen{.verdict = "", .target = std::string(admitted.target)};
    for (const Header& header : head_.headers) {
      CHECK(!header.name.empty());
      seen.headers.push_back(std::string(header.name) + ":" + std::string(header.value));
    }
    seen.used = head_.bytes.size();
    if (!admitted.chunked) return seen;
    // The head is done with; what follows comes in pieces again.
    std::string_view rest = bytes_.substr(seen.used);
    std::string waiting;
    Step step = Step::kMore;
    while (step == Step::kMore && !rest.empty()) {
      waiting += rest.substr(0, piece_);
      rest.remove_prefix(std::min(piece_, rest.size()));
      std::string_view left = waiting;
      step = parser_.parse_chunks(left, {seen.body, kBodyMax});
      waiting = std::string(left);
    }
    CHECK(seen.body.size() <= kBodyMax);
    if (step != Step::kDone) return ended(step);
    seen.used = bytes_.size() - rest.size() - waiting.size();
    return seen;
  }

  std::string_view bytes_;
  std::size_t piece_;
  std::string held_;
  std::vector<HeaderSpan> spans_;
  RequestParser parser_;
  Head head_;
};

}  // namespace
}  // namespace millrace::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using millrace::http::Reading;
  if (size < 2 || size > 16 << 10) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Reading(bytes, bytes.size()).run();
  const auto cut = Reading(bytes, 1 + data[0] % 64).run();
  const bool neither = !whole.verdict.empty() && !cut.verdict.empty();
  CHECK(whole == cut || neither);
  return 0;
}
