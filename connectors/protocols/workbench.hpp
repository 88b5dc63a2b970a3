// What decoding a request needs of memory that is dear to make anew, and of the collector's
// settings: borrowed for one request and given back. Any thread may borrow; a workbench is used by
// one thread at a time.
#pragma once

#include "connectors/admission/collect_config.hpp"
#include "connectors/admission/collector.hpp"
#include "connectors/admission/daily_key.hpp"
#include "connectors/http/body.hpp"
#include "connectors/http/exchange.hpp"
#include "connectors/protocols/mapping.hpp"
#include "connectors/protocols/visitor_cookie.hpp"
#include "engine/base/text_buffer.hpp"
#include "engine/event/json_projector.hpp"
#include "engine/event/json_tree.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::protocols {

// Of all workbenches of a server.
struct Settings {
  explicit Settings(const admission::CollectConfig& config)
      : collect(config), cookie(config.cookie) {}
  const admission::CollectConfig collect;
  const VisitorCookie cookie;
  admission::DailyKey visitors;
};

struct Workbench {
  explicit Workbench(Settings& of_all);

  Settings& settings;
  // Checks the whole of a Segment-spec body; reads `writeKey`, `userId` and `anonymousId`,
  // with the items of `batch` as rows.
  JsonProjector json;
  JsonTree tree;   // of a body in any other form
  JsonTree inner;  // of JSON within its texts
  Arena arena;
  SpecEvent event;
  SpecEvent head;               // what all events of a request have
  std::string unpacked;         // a body that was compressed or encoded
  std::string made;             // a body that the decoder writes
  TextBuffer batch;             // the same, of a Translation
  TextBuffer scratch;           // of Products
  std::string key;              // a write key that is not in the body as it is
  std::string visitor;          // the id of a visitor
  std::vector<Parameter> said;  // what an event says as names and values

  // The parameters of the request's query, decoded once.
  const std::vector<Parameter>& query(const http::Request& request);
  // The first of that name; nothing if there is none.
  std::optional<std::string_view> parameter(const http::Request& request, std::string_view name);
  // The request's body, or `data` of its query where it has none, unpacked once.
  const http::Unpacked& open(const http::Request& request);
  // The same, read into `tree` as one JSON list or object, once. A refusal if it is none.
  const std::optional<admission::Refusal>& read(const http::Request& request);
  // An address that a body has, as the journal may have it; empty for what is none.
  std::string_view masked(std::string_view address);
  Reader reader() { return {arena, inner}; }
  void clear();

 private:
  std::vector<Parameter> query_;
  bool has_query_ = false;
  std::optional<http::Unpacked> opened_;
  std::optional<std::optional<admission::Refusal>> read_;
};

class Workbenches {
 public:
  explicit Workbenches(const admission::CollectConfig& config) : settings_(config) {}

  // As many are made as are ever borrowed at a time: that is the number of I/O threads.
  class Loan {
   public:
    Loan(Workbenches& from, std::unique_ptr<Workbench> bench)
        : from_(from), bench_(std::move(bench)) {}
    Loan(const Loan&) = delete;
    ~Loan();
    Workbench& operator*() { return *bench_; }

   private:
    Workbenches& from_;
    std::unique_ptr<Workbench> bench_;
  };
  Loan borrow();
  Settings& settings() { return settings_; }

 private:
  Settings settings_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workbench>> idle_;
};

}  // namespace millrace::protocols
