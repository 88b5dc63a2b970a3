// What a collector costs beside the sockets and the journal: gate, decoder, checks, and the hit's
// bytes. The pixel is to be compared with a server that only sends a GIF.
#include "connectors/admission/gate.hpp"
#include "connectors/protocols/protocols.hpp"
#include "engine/base/check.hpp"
#include "engine/operator/intake.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace millrace {
namespace {

// Answers at once and forgets.
class Sieve final : public Intake {
 public:
  bool offer(std::string payload, Time /*received*/, Answer answer) override {
    benchmark::DoNotOptimize(payload.data());
    answer(next_++);
    return true;
  }

 private:
  Position next_ = 0;
};

class CountedReply final : public http::Reply {
 public:
  explicit CountedReply(std::uint64_t& accepted) : accepted_(accepted) {}
  void send(http::Response response) override { accepted_ += response.status == 200 ? 1 : 0; }
  std::shared_ptr<http::Stream> stream(http::Response, std::function<void()>) override {
    return nullptr;
  }

 private:
  std::uint64_t& accepted_;
};

struct World {
  World() { protocols.add_routes(routes); }

  static admission::Keys keys() {
    admission::KeysConfig config;
    config.write = {{.key = "wk_web", .source = "web", .origins = {}, .rate = config::Rate{1e9}}};
    return admission::Keys(config);
  }

  // The server's way, from the head on.
  void ask(http::Request& request) {
    auto match = routes.find(request.method, request.path);
    request.captures = std::move(match.captures);
    CHECK(!gate.admit(request, *match.route));
    match.route->handler(request, std::make_shared<CountedReply>(accepted));
    ++asked;
  }

  Sieve intake;
  Metrics metrics;
  admission::KeyRing ring{keys()};
  admission::Collector collector{{}, intake, ring, metrics};
  protocols::Protocols protocols{collector};
  http::Gate gate = admission::make_gate(ring, {});
  http::Routes routes;
  std::uint64_t asked = 0;
  std::uint64_t accepted = 0;
};

constexpr std::string_view kAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0";

void run(benchmark::State& state, http::Request request) {
  World world;
  request.address = "203.0.113.77";
  request.received = from_millis(1'795'294'800'000);
  for (auto _ : state) world.ask(request);
  CHECK(world.accepted == world.asked);
  state.SetItemsProcessed(static_cast<std::int64_t>(world.asked));
}

void pixel(benchmark::State& state, std::string_view cookie) {
  http::Request request{.method = http::Method::kGet, .path = "/pixel.gif"};
  request.query = "writeKey=wk_web&event=Product+Viewed&userId=u1&properties.price=12.5";
  request.headers = {{"Host", "in.shop.example"},
                     {"User-Agent", kAgent},
                     {"Referer", "https://shop.example/product/7"},
                     {"Cookie", cookie}};
  run(state, std::move(request));
}
void BM_PixelOfANewVisitor(benchmark::State& state) { pixel(state, ""); }
void BM_PixelOfAKnownVisitor(benchmark::State& state) {
  pixel(state, "mr_id=0123456789abcdef0123456789abcdef");
}
BENCHMARK(BM_PixelOfANewVisitor);
BENCHMARK(BM_PixelOfAKnownVisitor);

void BM_SegmentBatch(benchmark::State& state) {
  std::string body = R"({"batch":[)";
  for (int i = 0; i < state.range(0); ++i) {
    if (i > 0) body += ',';
    body += fmt::format(
        R"({{"type":"track","event":"Product Viewed","messageId":"ajs-next-1795294477695-{:012}",)"
        R"("anonymousId":"727ee1d0-6082-4c53-8961-{:012}","timestamp":"2026-11-21T20:54:37.695Z",)"
        R"("properties":{{"product_id":"sku-{}","price":12.5,"currency":"EUR","category":"shoes"}},)"
        R"("context":{{"library":{{"name":"analytics.js","version":"2.1.0"}},"page":{{)"
        R"("path":"/product/{}","referrer":"https://www.example.com/","title":"Shop",)"
        R"("url":"https://shop.example/product/{}"}},"locale":"de-DE","userAgent":"{}"}}}})",
        i,
        i,
        i,
        i,
        i,
        kAgent);
  }
  body += R"(],"writeKey":"wk_web","sentAt":"2026-11-21T20:54:37.697Z"})";
  http::Request request{.method = http::Method::kPost, .path = "/v1/batch"};
  request.headers = {{"Host", "in.shop.example"}, {"User-Agent", kAgent}};
  request.body = body;
  run(state, std::move(request));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(BM_SegmentBatch)->Arg(1)->Arg(100);

}  // namespace
}  // namespace millrace
