// Collectors without sockets and journal: an intake that keeps what it is offered, and the way of
// a request through gate and routes, as the server goes it.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/base/check.hpp"
#include "engine/event/hit.hpp"
#include "engine/operator/intake.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

class FakeIntake final : public Intake {
 public:
  bool room = true;
  std::optional<Error> fault;  // given as the answer

  bool offer(std::string payload, Time received, Answer answer) override {
    const std::lock_guard lock(mutex_);
    if (!room) return false;
    if (fault) {
      answer(*fault);
      return true;
    }
    payloads_.emplace_back(received, std::move(payload));
    answer(Position{payloads_.size() - 1});
    return true;
  }

  std::size_t size() const { return payloads_.size(); }
  void clear() { payloads_.clear(); }
  const auto& payloads() const { return payloads_; }
  Hit hit(std::size_t i) const {
    Hit hit;
    CHECK(decode_hit(payloads_.at(i).second, payloads_.at(i).first, hit));
    return hit;
  }
  Hit last() const { return hit(size() - 1); }

 private:
  std::mutex mutex_;
  std::vector<std::pair<Time, std::string>> payloads_;
};

// A request and the memory that it points into.
struct Asked {
  http::Method method = http::Method::kPost;
  std::string target;
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string address = "203.0.113.77";
  bool secure = false;
  Time received = from_millis(1'795'294'800'000);
};

inline http::Request request_of(const Asked& asked) {
  http::Request request;
  request.method = asked.method;
  request.target = asked.target;
  request.path = request.target.substr(0, request.target.find('?'));
  if (request.path.size() < request.target.size())
    request.query = request.target.substr(request.path.size() + 1);
  for (const auto& [name, value] : asked.headers) request.headers.push_back({name, value});
  request.body = asked.body;
  request.address = asked.address;
  request.secure = asked.secure;
  request.received = asked.received;
  return request;
}

class RecordedReply final : public http::Reply {
 public:
  void send(http::Response response) override {
    CHECK(!sent);
    sent = std::move(response);
  }
  std::shared_ptr<http::Stream> stream(http::Response, std::function<void()>) override {
    CHECK(false);
    return nullptr;
  }
  std::optional<http::Response> sent;
};

inline std::string header_of(const http::Response& response, std::string_view name) {
  std::string found;
  for (const auto& [header, value] : response.headers)
    if (header == name) found += (found.empty() ? "" : ", ") + value;
  return found;
}

// What the server would answer; an answer must be given at once.
inline http::Response ask(const http::Routes& routes, const http::Gate& gate, const Asked& asked) {
  http::Request request = request_of(asked);
  const bool preflight = request.method == http::Method::kOptions;
  auto match = routes.find(request.method, request.path);
  if (preflight && match.other_method) match = routes.find(match.allowed.front(), request.path);
  if (match.route == nullptr) return http::refusal(404, "no_such_path", "");
  request.captures = std::move(match.captures);
  http::Response response;
  if (preflight) {
    response.status = 204;
    response.content_type = {};
  } else if (auto refused = gate.admit ? gate.admit(request, *match.route) : std::nullopt) {
    response = *std::move(refused);
  } else {
    const auto reply = std::make_shared<RecordedReply>();
    match.route->handler(request, reply);
    CHECK(reply->sent);
    response = *std::move(reply->sent);
  }
  if (gate.finish) gate.finish(request, *match.route, response);
  return response;
}

}  // namespace millrace
