// How fast hits become events, beside what simdjson can do on the same bytes in the same run:
//   BM_OnDemandUnchecked  reads the same fields and looks at nothing else: the limit
//   BM_OnDemandChecked    reads them and then walks the rest with a depth guard
//   BM_Dom                checks everything into a tree, then looks the fields up
//   BM_Project            JsonProjector: the fields, and everything checked
//   BM_Parse              the parse operator: rows of a batch
// The events are browser track calls of about 850 bytes; counters give ns an event.
#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/event/json_projector.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

namespace millrace {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::array<const char*, 11> kFixed = {"timestamp",
                                                "originalTimestamp",
                                                "type",
                                                "event",
                                                "name",
                                                "messageId",
                                                "userId",
                                                "anonymousId",
                                                "previousId",
                                                "groupId",
                                                "sentAt"};
constexpr std::array<const char*, 4> kProperties = {"order_id", "revenue", "currency", "category"};

std::string uuid(Random& random) {
  const std::string hex = to_hex(hash128(std::to_string(random.next())));
  return fmt::format("{}-{}-{}-{}-{}",
                     hex.substr(0, 8),
                     hex.substr(8, 4),
                     hex.substr(12, 4),
                     hex.substr(16, 4),
                     hex.substr(20));
}

std::string make_event(Random& random) {
  const auto second = random.below(60);
  return fmt::format(
      R"({{"timestamp":"2026-11-21T20:56:{:02}.608Z","integrations":{{"Segment.io":true}},)"
      R"("event":"{}","type":"track","properties":{{"order_id":"o-{}","revenue":{}.{:02},)"
      R"("currency":"EUR","category":"shoes","quantity":{}}},"context":{{"page":{{"path":"/p/{}",)"
      R"("referrer":"","search":"","title":"Product","url":"https://shop.example/p/{}"}},)"
      R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) )"
      R"(Chrome/156.0.0.0 Safari/537.36","userAgentData":{{"brands":[{{"brand":"Chromium",)"
      R"("version":"156"}}],"mobile":false,"platform":"Linux"}},"locale":"en-US","library":)"
      R"({{"name":"analytics.js","version":"npm:next-1.84.3"}},"timezone":"UTC"}},"messageId":)"
      R"("ajs-next-1795294614608-{}","userId":"u{}","anonymousId":"{}","writeKey":"wk1",)"
      R"("sentAt":"2026-11-21T20:56:{:02}.617Z"}})",
      second,
      random.chance(0.5) ? "Order Completed" : "Product Viewed",
      random.below(1'000'000),
      random.below(500),
      random.below(100),
      1 + random.below(5),
      random.below(10'000),
      random.below(10'000),
      uuid(random),
      random.below(100'000),
      uuid(random),
      second);
}

// Events one behind the other, with the padding that simdjson asks for at the end.
struct Corpus {
  static constexpr std::size_t kEvents = 1024;
  std::string bytes;
  std::vector<std::string_view> events;

  Corpus() {
    Random random(7);
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < kEvents; ++i) {
      bytes += make_event(random);
      ends.push_back(bytes.size());
    }
    const std::size_t size = bytes.size();
    bytes.resize(size + simdjson::SIMDJSON_PADDING);
    std::size_t begin = 0;
    for (const auto end : ends) {
      events.push_back(std::string_view(bytes).substr(begin, end - begin));
      begin = end;
    }
  }
  // With what lies behind it, which is all readable.
  simdjson::padded_string_view padded(std::string_view event) const {
    const auto readable = static_cast<std::size_t>(bytes.data() + bytes.size() - event.data());
    return simdjson::padded_string_view(event, readable);
  }
};

const Corpus& corpus() {
  static const Corpus kCorpus;
  return kCorpus;
}

void report(benchmark::State& state) {
  const auto& c = corpus();
  const auto size = static_cast<double>(c.bytes.size() - simdjson::SIMDJSON_PADDING);
  using benchmark::Counter;
  state.counters["ns/event"] = Counter(static_cast<double>(Corpus::kEvents) * 1e-9,
                                       Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["GB/s"] = Counter(size * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["bytes/event"] = size / static_cast<double>(Corpus::kEvents);
}

Projection projection() {
  Projection made;
  for (const auto* property : kProperties) made.add("properties." + std::string(property));
  made.add("context.page.path");
  return made;
}

Value value_of(ondemand::value value) {
  switch (value.type()) {
    case ondemand::json_type::string:
      return Value::of(std::string_view(value.get_string()));
    case ondemand::json_type::number:
      return Value::of(double(value.get_double()));
    case ondemand::json_type::boolean:
      return Value::of(bool(value.get_bool()));
    default:
      return Value::other();
  }
}

// The fields in the order in which the events have them, so that nothing is searched twice.
template <class Object>
std::size_t read_fields(Object object, std::array<Value, 16>& out) {
  std::size_t found = 0;
  ondemand::value value;
  const auto read = [&](auto&& from, const char* key) {
    if (from.find_field_unordered(key).get(value) == simdjson::SUCCESS)
      out[found++] = value_of(value);
  };
  read(object, "timestamp");
  read(object, "event");
  read(object, "type");
  ondemand::object properties;
  if (object.find_field_unordered("properties").get_object().get(properties) == simdjson::SUCCESS)
    for (const auto* key : kProperties) read(properties, key);
  ondemand::object page;
  if (object.find_field_unordered("context")["page"].get_object().get(page) == simdjson::SUCCESS)
    read(page, "path");
  for (const auto* key : {"messageId", "userId", "anonymousId", "sentAt"}) read(object, key);
  return found;
}

void walk(ondemand::value value, int depth, std::size_t& seen) {
  if (depth > 64) throw simdjson::simdjson_error(simdjson::DEPTH_ERROR);
  ++seen;
  switch (value.type()) {
    case ondemand::json_type::object:
      for (auto field : value.get_object()) {
        std::string_view key = field.unescaped_key();
        seen += key.size();
        walk(field.value(), depth + 1, seen);
      }
      break;
    case ondemand::json_type::array:
      for (auto item : value.get_array()) walk(item.value(), depth + 1, seen);
      break;
    case ondemand::json_type::null:
      if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
      break;
    default:
      value_of(value);
  }
}

void BM_OnDemandUnchecked(benchmark::State& state) {
  ondemand::parser parser;
  std::array<Value, 16> values;
  for (auto _ : state)
    for (const auto event : corpus().events) {
      ondemand::document document = parser.iterate(corpus().padded(event));
      benchmark::DoNotOptimize(read_fields(document.get_object().value(), values));
    }
  report(state);
}
BENCHMARK(BM_OnDemandUnchecked);

void BM_OnDemandChecked(benchmark::State& state) {
  ondemand::parser parser;
  std::array<Value, 16> values;
  std::size_t seen = 0;
  for (auto _ : state)
    for (const auto event : corpus().events) {
      ondemand::document document = parser.iterate(corpus().padded(event));
      benchmark::DoNotOptimize(read_fields(document.get_object().value(), values));
      document.rewind();
      walk(document.get_value(), 1, seen);
    }
  benchmark::DoNotOptimize(seen);
  report(state);
}
BENCHMARK(BM_OnDemandChecked);

void BM_Dom(benchmark::State& state) {
  simdjson::dom::parser parser;
  std::size_t found = 0;
  const auto see = [&](simdjson::simdjson_result<simdjson::dom::element> element) {
    found += element.error() == simdjson::SUCCESS ? 1 : 0;
  };
  for (auto _ : state)
    for (const auto event : corpus().events) {
      // The bytes behind are readable, so nothing is copied.
      const auto document = parser.parse(event.data(), event.size(), false).value();
      for (const auto* key : kFixed) see(document[key]);
      for (const auto* key : kProperties) see(document["properties"][key]);
      see(document["context"]["page"]["path"]);
    }
  benchmark::DoNotOptimize(found);
  report(state);
}
BENCHMARK(BM_Dom);

void BM_Project(benchmark::State& state) {
  auto fields = json_fields(projection());
  for (const auto* key : kFixed) fields.push_back({*parse_path(key)});
  JsonProjector projector(fields, "batch");
  Arena arena;
  for (auto _ : state) {
    arena.clear();
    for (const auto event : corpus().events)
      if (!projector.read(event, arena)) state.SkipWithError("refused");
  }
  report(state);
}
BENCHMARK(BM_Project);

void BM_Parse(benchmark::State& state) {
  Catalog catalog;
  catalog.names.add("Order Completed");
  catalog.projection = projection();
  ColumnNumbers numbers;
  Lane lane(catalog, numbers);
  Registry registry;
  add_builtin_operators(registry);
  config::Problems problems;
  const auto document = config::Document::load("{}", "bench.yaml", problems);
  const auto parser =
      registry.find("parse")->prepare(document.root(), problems, {}).make_parser(lane);
  Hit hit;
  hit.received = *parse_time("2026-11-21T20:58:00Z");
  hit.source = "web";
  Batch batch;
  for (auto _ : state) {
    batch.clear();
    Position position = 0;
    for (const auto event : corpus().events) {
      hit.body = event;
      parser->parse(hit, position++, batch);
    }
    if (batch.events.size() != Corpus::kEvents) state.SkipWithError("refused");
  }
  report(state);
}
BENCHMARK(BM_Parse);

}  // namespace
}  // namespace millrace
