#include "connectors/http/connection.hpp"

#include <chrono>
#include <utility>

namespace millrace::http {
namespace {

constexpr std::string_view kTooLarge = "body_too_large";
constexpr Refused kOverloaded{503, "overloaded", "too many bodies are being read"};

}  // namespace

bool Connection::take_head() {
  const std::string_view bytes = view_of(message_->input);
  if (bytes.empty()) return false;
  if (!waited_) {
    waited_ = true;
    begun_ = Clock::now();
    due_ = begun_ + server_.config.head_timeout;
  }
  switch (parser_->parse_head(bytes, message_->head)) {
    case RequestParser::Step::kMore:
      return false;
    case RequestParser::Step::kFault:
      refuse(parser_->refused());
      return true;
    case RequestParser::Step::kDone:
      judge();
      return true;
  }
  return false;
}

// Whether the request is let in, by its head alone; nothing of its body was read on purpose.
void Connection::judge() {
  const auto verdict = admit(message_->head, server_.head_limits);
  if (const Refused* refused = std::get_if<Refused>(&verdict)) return refuse(*refused);
  message_->admitted = *std::get_if<Admitted>(&verdict);
  const Admitted& admitted = message_->admitted;
  describe();

  Routes::Match match = server_.routes.find(admitted.method, message_->request.path);
  if (match.route == nullptr) return no_route(match);
  route_ = match.route;
  message_->request.captures = std::move(match.captures);
  if (server_.gate.admit)
    if (auto refusal = server_.gate.admit(message_->request, *route_))
      return refuse_early(*std::move(refusal));
  if (route_->upgrade && (admitted.wants_websocket || !route_->handler)) return begin_upgrade();
  if (admitted.content_length > route_->body_max || (admitted.chunked && route_->body_max == 0))
    return refuse({route_->too_large, kTooLarge, "the body is larger than this route takes"});
  begin_body();
}

void Connection::describe() {
  Head& head = message_->head;
  const Admitted& admitted = message_->admitted;
  Request& request = message_->request;
  const std::size_t query = admitted.target.find('?');
  request.method = admitted.method;
  request.target = admitted.target;
  request.path = admitted.target.substr(0, query);
  request.query =
      query == std::string_view::npos ? std::string_view() : admitted.target.substr(query + 1);
  request.headers.swap(head.headers);
  request.body = {};
  request.captures.clear();
  request.received = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  request.secure = transport_.secure();
  request.address = peer_text_;
  if (server_.trusted.empty()) return;
  const Client client = client_of(peer_, server_.trusted, request.headers);
  if (client.address != peer_) request.address = client.address.to_string();
  request.secure = request.secure || client.secure;
}

// The route that a page asks about before it sends there, so that Gate::finish can answer for it.
const Route* Connection::meant_by_preflight(const Routes::Match& match) const {
  Method method = match.allowed.front();
  const std::string_view asked = message_->request.header("access-control-request-method");
  for (const Method allowed : match.allowed)
    if (method_name(allowed) == asked) method = allowed;
  return server_.routes.find(method, message_->request.path).route;
}

void Connection::no_route(const Routes::Match& match) {
  if (!match.other_method && message_->admitted.target != "*")
    return refuse_early(refusal(404, "unknown_path", "there is nothing at this path"));
  std::string allowed = "OPTIONS";
  for (const Method method : match.allowed)
    if (method != Method::kOptions) allowed.append(", ").append(method_name(method));
  const bool options = message_->admitted.method == Method::kOptions;
  if (options && match.other_method) route_ = meant_by_preflight(match);
  Response response = options
                          ? Response{.status = 204}
                          : refusal(405, "unknown_method", "this path does not know the method");
  response.headers.emplace_back("Allow", std::move(allowed));
  refuse_early(std::move(response));
}

void Connection::begin_body() {
  const Admitted& admitted = message_->admitted;
  const std::string_view after = view_of(message_->input).substr(message_->head.bytes.size());
  if (!admitted.chunked && after.size() >= admitted.content_length) {
    message_->request.body = after.substr(0, admitted.content_length);
    rest_ = after.substr(admitted.content_length);
    return call_handler();
  }
  if (admitted.expects_continue && after.empty()) out_.append(kContinue);
  if (admitted.chunked)
    chunks_.commit(boost::asio::buffer_copy(chunks_.prepare(after.size()),
                                            boost::asio::buffer(after.data(), after.size())));
  else
    message_->body.assign(after);
  rest_ = {};
  body_had_ = message_->body.size();
  body_pace_.begin();
  state_ = State::kBody;
}

bool Connection::take_body() {
  Message& message = *message_;
  if (message.admitted.chunked) {
    std::string_view bytes = view_of(chunks_);
    const auto step = parser_->parse_chunks(bytes, {message.body, route_->body_max});
    chunks_.consume(chunks_.size() - bytes.size());
    body_had_ = message.body.size();
    if (step == RequestParser::Step::kFault) {
      Refused refused = parser_->refused();
      if (refused.reason == kTooLarge) refused.status = route_->too_large;
      return refuse(refused), true;
    }
    if (step == RequestParser::Step::kMore) {
      if (chunks_.size() == chunks_.max_size())
        return refuse({400, "bad_chunk", "a chunk's size line or the trailers are too long"}), true;
      return !reserve_body();
    }
    rest_ = view_of(chunks_);
  } else if (message.body.size() < message.admitted.content_length) {
    return !reserve_body();
  }
  message.request.body = message.body;
  call_handler();
  return true;
}

// Room for what will be read next; refuses the request if there is none.
bool Connection::reserve_body() {
  const Message& message = *message_;
  const std::size_t next = message.admitted.chunked ? chunks_.max_size() : message.room();
  if (message_->reserve(message.body.size() + next)) return true;
  refuse(kOverloaded);
  return false;
}

void Connection::call_handler() {
  state_ = State::kHandling;
  due_ = begun_ + server_.config.answer_timeout;
  calling_ = true;
  route_->handler(
      message_->request,
      std::make_shared<ConnectionReply>(Return{thread_.mailbox(), weak_from_this(), number_},
                                        message_,
                                        server_.config.stream_waiting_max.bytes));
  calling_ = false;
  if (early_) {
    Response response = *std::move(early_);
    early_.reset();
    respond(std::move(response));
  }
}

void Connection::answer(std::uint64_t number, Response response) {
  if (number != number_ || state_ != State::kHandling) return;
  if (calling_) {
    early_ = std::move(response);  // The handler may still look at its request.
    return;
  }
  respond(std::move(response));
  advance();
}

void Connection::refuse(const Refused& refused) {
  Response response = refusal(refused.status, refused.reason, refused.detail);
  if (refused.status == 503) response.headers.emplace_back("Retry-After", "1");
  response.close = true;
  refused_ = true;
  server_.metrics.refused_request(refused.reason);
  respond(std::move(response));
  flush();
}

// Of a request that is understood, but whose body, if it has one, is not read.
void Connection::refuse_early(Response response) {
  if (message_->admitted.has_body()) {
    response.close = true;
    refused_ = true;
  }
  rest_ = view_of(message_->input).substr(message_->head.bytes.size());
  respond(std::move(response));
}

AnswerForm Connection::form(bool keep) const {
  return {.date = thread_.date(),
          .head_only = message_->admitted.method == Method::kHead,
          .keep_alive = keep,
          .version_10 = message_->head.version == 10};
}

void Connection::respond(Response response) {
  if (route_ != nullptr && server_.gate.finish)
    server_.gate.finish(message_->request, *route_, response);
  const bool keep = message_->head.keep_alive && !response.close && !draining_;
  append_answer(out_, response, form(keep));
  const Clock::time_point now = Clock::now();
  server_.metrics.answered(route_, response.status, now - begun_);
  if (keep) return next_request(now);
  state_ = State::kClosing;
  due_ = Clock::time_point::max();
  // A refused body shall not take memory from others while its client goes away.
  if (!reading_) message_->next({});
}

void Connection::next_request(Clock::time_point now) {
  message_->next(rest_);
  chunks_.clear();
  rest_ = {};
  message_->admitted = {};
  message_->head.version = 11;
  route_ = nullptr;
  parser_.emplace(server_.config.head_max.bytes, spans_);
  ++number_;
  state_ = State::kHead;
  waited_ = false;
  due_ = now + server_.config.idle_timeout;
}

}  // namespace millrace::http
