#include "connectors/protocols/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

namespace millrace::protocols {
namespace {

using http::ReplyRef;
using http::Request;
using http::Response;

// GIF89a, 1x1, transparent: 43 bytes.
constexpr std::string_view kGif(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00;",
    43);

// What waits for its outcome, which comes once. Copied as one pointer.
struct Waiting {
  ReplyRef reply;
  decltype(Response::headers) headers;
  std::function<Response(const Outcome&)> answer;
};

// An endpoint at work, with all the dialects that may be meant there.
class Front {
 public:
  struct Candidate {
    std::shared_ptr<const Dialect> dialect;
    Endpoint endpoint;
  };

  Front(Collector& collector, Workbenches& benches) : collector_(collector), benches_(benches) {}

  void add(Candidate candidate) { candidates_.push_back(std::move(candidate)); }
  const Candidate& first() const { return candidates_.front(); }
  std::string_view example() const {
    const auto& [dialect, endpoint] = first();
    return endpoint.example.empty() ? dialect->example : endpoint.example;
  }

  void handle(const Request& request, ReplyRef reply) const {
    auto bench = benches_.borrow();
    const auto meant =
        std::find_if(candidates_.begin(), candidates_.end(), [&](const Candidate& candidate) {
          return !candidate.dialect->claims || candidate.dialect->claims(request, *bench);
        });
    if (meant == candidates_.end())
      return reply->send(http::refusal(404, "no_such_path", "nothing is served under this path"));
    const Dialect& dialect = *meant->dialect;
    // A HEAD asks what a GET would be answered. Nobody looked at anything: nothing is recorded.
    if (request.method == http::Method::kHead) return reply->send(dialect.answer({}));
    auto reading = dialect.decode(request, meant->endpoint, *bench);
    if (const auto* refusal = std::get_if<Refusal>(&reading))
      return reply->send(
          dialect.answer(collector_.refuse(request, dialect.name, request.body, *refusal)));
    deliver(request, dialect, std::get<Decoded>(std::move(reading)), std::move(reply));
  }

 private:
  void deliver(const Request& request,
               const Dialect& dialect,
               Decoded decoded,
               ReplyRef reply) const {
    Delivery& delivery = decoded.delivery;
    delivery.protocol = dialect.name;
    delivery.refused = decoded.refused;
    // Shared by what the outcome may come to: a lambda that is copied.
    const auto waiting = std::make_shared<Waiting>();
    waiting->reply = std::move(reply);
    waiting->headers = std::move(decoded.headers);
    waiting->answer = std::move(decoded.answer);
    collector_.deliver(request, delivery, [&dialect, waiting](const Outcome& outcome) {
      Response response = waiting->answer ? waiting->answer(outcome) : dialect.answer(outcome);
      for (auto& header : waiting->headers) response.headers.push_back(std::move(header));
      if (outcome.position != kNoPosition)
        response.headers.emplace_back("X-Millrace-Position", std::to_string(outcome.position));
      waiting->reply->send(std::move(response));
    });
  }

  std::vector<Candidate> candidates_;
  Collector& collector_;
  Workbenches& benches_;
};

void add_services(const Dialect& dialect, Collector& collector, http::Routes& routes) {
  for (const Service& service : dialect.services) {
    http::Route route;
    route.method = service.method;
    route.pattern = service.pattern;
    route.right = http::Right::kWrite;
    if (service.method == http::Method::kPost) route.body_max = collector.config().batch_max.bytes;
    route.summary = service.summary;
    route.example = service.example;
    route.handler = [answer = service.answer, &collector](const Request& request,
                                                          const ReplyRef& reply) {
      reply->send(answer(request, collector));
    };
    routes.add(std::move(route));
  }
}

}  // namespace

void add_dialects(std::vector<Dialect> dialects,
                  Collector& collector,
                  Workbenches& benches,
                  http::Routes& routes) {
  // Shared by the handlers, which the table of routes owns.
  std::map<std::pair<http::Method, std::string_view>, std::shared_ptr<Front>> fronts;
  for (Dialect& each : dialects) {
    const auto dialect = std::make_shared<const Dialect>(std::move(each));
    add_services(*dialect, collector, routes);
    for (const Endpoint& endpoint : dialect->endpoints) {
      auto& front = fronts[{endpoint.method, endpoint.pattern}];
      if (front == nullptr) front = std::make_shared<Front>(collector, benches);
      front->add({dialect, endpoint});
    }
  }
  for (auto& [at, front] : fronts) {
    http::Route route;
    route.method = at.first;
    route.pattern = at.second;
    route.right = http::Right::kWrite;
    if (at.first == http::Method::kPost) route.body_max = collector.config().batch_max.bytes;
    route.too_large = front->first().dialect->too_large;
    route.summary = front->first().dialect->summary;
    route.example = front->example();
    route.handler = [front = front](const Request& request, ReplyRef reply) {
      front->handle(request, std::move(reply));
    };
    routes.add(std::move(route));
  }
}

Response json_answer(const Outcome& outcome, std::string_view success) {
  if (outcome.kind == Outcome::Kind::kAccepted) {
    Response response;
    response.body = success;
    return response;
  }
  Response response = http::refusal(outcome.status, outcome.reason, outcome.detail);
  if (outcome.kind == Outcome::Kind::kLater)
    response.headers.emplace_back("Retry-After", std::to_string(outcome.retry_after.count()));
  return response;
}

Response gif_answer(const Outcome& outcome) {
  Response response;
  response.content_type = "image/gif";
  response.body = kGif;
  auto& headers = response.headers;
  headers.reserve(5);
  headers.emplace_back("Cache-Control", "no-store");
  // So that pages which isolate themselves (COEP) may show it too.
  headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
  if (outcome.kind == Outcome::Kind::kLater) {
    response.status = 503;
    headers.emplace_back("Retry-After", std::to_string(outcome.retry_after.count()));
  }
  if (!outcome.reason.empty()) headers.emplace_back("X-Millrace-Reason", outcome.reason);
  return response;
}

}  // namespace millrace::protocols
