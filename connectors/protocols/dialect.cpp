#include "connectors/protocols/dialect.hpp"

#include <memory>

namespace millrace::protocols {
namespace {

using http::ReplyRef;
using http::Request;
using http::Response;

// A dialect at work.
class Front {
 public:
  Front(Dialect dialect, Collector& collector, Workbenches& benches)
      : dialect_(std::move(dialect)), collector_(collector), benches_(benches) {}

  const Dialect& dialect() const { return dialect_; }

  void handle(const Request& request, const Endpoint& endpoint, ReplyRef reply) const {
    // A HEAD asks what a GET would be answered. Nobody looked at anything: nothing is recorded.
    if (request.method == http::Method::kHead) return reply->send(dialect_.answer({}));
    auto bench = benches_.borrow();
    auto decoded = dialect_.decode(request, endpoint, *bench);
    if (auto* refusal = std::get_if<Refusal>(&decoded))
      return reply->send(dialect_.answer(
          collector_.refuse(request, dialect_.name, request.body, std::move(*refusal))));
    auto& [delivery, headers] = std::get<Decoded>(decoded);
    const auto waiting = std::make_shared<Waiting>(std::move(reply), std::move(headers));
    collector_.deliver(request, delivery, [this, waiting](const Outcome& outcome) {
      Response response = dialect_.answer(outcome);
      for (auto& header : waiting->headers) response.headers.push_back(std::move(header));
      if (outcome.position != kNoPosition)
        response.headers.emplace_back("X-Millrace-Position", std::to_string(outcome.position));
      waiting->reply->send(std::move(response));
    });
  }

 private:
  // What waits for its outcome, which comes once. Copied as one pointer.
  struct Waiting {
    using Headers = decltype(Response::headers);
    Waiting(ReplyRef to, Headers with) : reply(std::move(to)), headers(std::move(with)) {}
    ReplyRef reply;
    Headers headers;
  };

  const Dialect dialect_;
  Collector& collector_;
  Workbenches& benches_;
};

}  // namespace

void add_dialect(Dialect dialect,
                 Collector& collector,
                 Workbenches& benches,
                 http::Routes& routes) {
  // Shared by the handlers of its endpoints, which the table of routes owns.
  const auto front = std::make_shared<const Front>(std::move(dialect), collector, benches);
  for (const Endpoint& endpoint : front->dialect().endpoints) {
    http::Route route;
    route.method = endpoint.method;
    route.pattern = endpoint.pattern;
    route.right = http::Right::kWrite;
    if (endpoint.method == http::Method::kPost) route.body_max = collector.config().batch_max.bytes;
    route.summary = front->dialect().summary;
    route.handler = [front, endpoint](const Request& request, ReplyRef reply) {
      front->handle(request, endpoint, std::move(reply));
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

}  // namespace millrace::protocols
