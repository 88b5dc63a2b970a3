// What decoding and parsing cost of each protocol on one thread, beside Segment's with as many
// events in as many bytes: from a request whose head and body were read to events, without sockets,
// journal and lanes.
//
// The two take turns, so that what else the machine does meets both; the ratio is the median of the
// turns'. It fails below 0.5.
#include "bench/protocols/samples.hpp"
#include "connectors/admission/gate.hpp"
#include "connectors/protocols/protocols.hpp"
#include "engine/base/check.hpp"
#include "engine/config/node.hpp"
#include "engine/journal/record.hpp"
#include "engine/operator/intake.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kFloor = 0.5;
constexpr int kTurns = 9;
constexpr auto kTurn = std::chrono::milliseconds(60);

// Keeps what was journaled last, with room behind it as the parser wants.
class LastHit final : public Intake {
 public:
  bool offer(std::string offered, Time at, Answer answer) override {
    payload = std::move(offered);
    size = payload.size();
    payload.append(kPayloadPadding, '\0');
    received = at;
    answer(++taken);
    return true;
  }
  std::string payload;
  std::size_t size = 0;
  Time received{};
  Position taken = 0;
};

class Silence final : public http::Reply {
 public:
  void send(http::Response) override {}
  std::shared_ptr<http::Stream> stream(http::Response, std::function<void()>) override {
    return nullptr;
  }
};

class World {
 public:
  World() {
    protocols_.add_routes(routes_);
    add_builtin_operators(registry_);
    config::Problems problems;
    const auto document = config::Document::load("{}", "parse", problems);
    for (const auto path : {"properties.price", "properties.category", "context.page.url"})
      catalog_.projection.add(path);
    lane_.begin_node("parse");
    parser_ = registry_.find("parse")->prepare(document.root(), problems, {}).make_parser(lane_);
    CHECK(problems.empty());
  }

  // Events.
  std::size_t run(const Sample& sample) {
    http::Request request = request_of(sample.asked);
    const Position before = intake_.taken;
    const auto match = routes_.find(request.method, request.path);
    CHECK(match.route != nullptr);
    match.route->handler(request, reply_);
    if (intake_.taken != before + 1) return 0;
    Hit hit;
    CHECK(decode_hit({intake_.payload.data(), intake_.size}, intake_.received, hit));
    if (hit.kind != HitKind::kEvents) return 0;
    batch_.clear();
    parser_->parse(hit, intake_.taken, batch_);
    return batch_.events.size();
  }

  // Seconds for one request.
  double time(const Sample& sample) {
    const auto begin = Clock::now();
    std::size_t requests = 0;
    do {
      for (int i = 0; i < 16; ++i) run(sample);
      requests += 16;
    } while (Clock::now() - begin < kTurn);
    return std::chrono::duration<double>(Clock::now() - begin).count() /
           static_cast<double>(requests);
  }

 private:
  static admission::Keys keys() {
    admission::KeysConfig config;
    config.write = {{.key = "wk_web", .source = "web", .origins = {}, .rate = config::Rate{1e9}}};
    return admission::Keys(config);
  }
  LastHit intake_;
  Metrics metrics_;
  admission::KeyRing ring_{keys()};
  admission::Collector collector_{{}, intake_, ring_, metrics_};
  protocols::Protocols protocols_{collector_};
  http::Routes routes_;
  std::shared_ptr<Silence> reply_ = std::make_shared<Silence>();  // as a server hands it out
  Registry registry_;
  Catalog catalog_;
  ColumnNumbers numbers_;
  Lane lane_{catalog_, numbers_};
  std::unique_ptr<Parser> parser_;
  Batch batch_;
};

// Whether it is fast enough.
bool compare(World& world, const Sample& sample) {
  const Sample segment = segment_sample(sample);
  const std::size_t events = world.run(sample);
  if (events != sample.events || world.run(segment) != events) {
    fmt::print("{:<12} {} of {} events came out\n", sample.protocol, events, sample.events);
    return false;
  }
  std::vector<double> ratios;
  double best = 1e9;
  for (int i = 0; i < kTurns; ++i) {
    const double ours = world.time(sample);
    const double theirs = world.time(segment);
    best = std::min(best, ours);
    ratios.push_back((static_cast<double>(sample.bytes()) / ours) /
                     (static_cast<double>(segment.bytes()) / theirs));
  }
  std::nth_element(ratios.begin(), ratios.begin() + kTurns / 2, ratios.end());
  const double ratio = ratios[kTurns / 2];
  fmt::print("{:<12} {:<5} {:>8} {:>7} {:>12.0f} {:>8.0f} {:>7.2f}{}\n",
             sample.protocol,
             sample.asked.method == http::Method::kPost ? "POST" : "GET",
             sample.bytes(),
             sample.events,
             static_cast<double>(sample.events) / best,
             static_cast<double>(sample.bytes()) / best / 1e6,
             ratio,
             ratio < kFloor ? "  BELOW" : "");
  return ratio >= kFloor;
}

}  // namespace
}  // namespace millrace

// Arguments: the protocols to try; none: all.
int main(int count, char** arguments) {
  using namespace millrace;
  const std::vector<std::string_view> wanted(arguments + 1, arguments + count);
  World world;
  bool fast = true;
  fmt::print("decode + parse on one thread, beside Segment's events in as many bytes (floor {})\n",
             kFloor);
  fmt::print("{:<12} {:<5} {:>8} {:>7} {:>12} {:>8} {:>7}\n",
             "protocol",
             "",
             "bytes",
             "events",
             "events/s",
             "MB/s",
             "ratio");
  for (const Sample& sample : protocol_samples())
    if (wanted.empty() || std::count(wanted.begin(), wanted.end(), sample.protocol) > 0)
      fast &= compare(world, sample);
  return fast ? EXIT_SUCCESS : EXIT_FAILURE;
}
