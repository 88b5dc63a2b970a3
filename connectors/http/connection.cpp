#include "connectors/http/connection.hpp"

#include <boost/asio/read.hpp>

#include <algorithm>
#include <utility>

namespace millrace::http {
namespace {

using ErrorCode = boost::system::error_code;

constexpr std::size_t kReadMin = 8 << 10;
// Pipelined requests wait when so much of their answers does.
constexpr std::size_t kOutMax = 256 << 10;
constexpr std::size_t kOutKept = 16 << 10;
// How long a client may take to read a last answer before the connection is gone (RFC 9112 9.6).
constexpr Duration kLinger = std::chrono::seconds(2);

}  // namespace

Connection::Connection(Accepted accepted, IoThread& thread, ServerState& server)
    : thread_(thread),
      server_(server),
      lease_(std::move(accepted.lease)),
      transport_(std::move(accepted.socket)),
      peer_(accepted.peer),
      body_pace_(server.config.transfer_grace, server.config.transfer_rate_min.bytes),
      write_pace_(server.config.transfer_grace, server.config.transfer_rate_min.bytes),
      message_(std::make_shared<Message>(server.config.head_max.bytes + kReadMin, server.bodies)),
      // What comes with a head must find room here.
      chunks_(server.config.head_max.bytes + 2 * kReadMin) {
  thread_.add(*this);
}

Connection::~Connection() {
  if (state_ != State::kClosed) close();
}

void Connection::start() {
  self_ = shared_from_this();
  due_ = Clock::now() + server_.config.head_timeout;
  if (server_.config.proxy_protocol)
    read_proxy_header();
  else
    handshake();
}

void Connection::read_proxy_header() {
  const auto at = [this](std::size_t begin, std::size_t size) {
    return boost::asio::buffer(proxy_header_.data() + begin, size);
  };
  const auto text = [this](std::size_t begin, std::size_t size) {
    return std::string_view(proxy_header_.data() + begin, size);
  };
  // The rest has its length in the first part; both are read to the byte, for what follows may be
  // TLS.
  boost::asio::async_read(
      transport_.socket(),
      at(0, kProxyStart),
      [this, self = shared_from_this(), at, text](const ErrorCode& error, std::size_t) {
        const auto size = proxy_rest(text(0, kProxyStart));
        if (error || state_ == State::kClosed || !size) return cut("proxy_header");
        boost::asio::async_read(transport_.socket(),
                                at(kProxyStart, *size),
                                [this, self, text, size](const ErrorCode& failed, std::size_t) {
                                  const Proxied proxied = http::read_proxy_header(
                                      text(0, kProxyStart), text(kProxyStart, *size));
                                  if (failed || state_ == State::kClosed || !proxied.valid)
                                    return cut("proxy_header");
                                  if (proxied.client) peer_ = *proxied.client;
                                  handshake();
                                });
      });
}

void Connection::handshake() {
  if (!server_.certificates) return begin_requests();
  transport_.make_secure(*server_.certificates->context());
  transport_.async_handshake([this, self = shared_from_this()](const ErrorCode& error) {
    if (state_ == State::kClosed) return;
    if (error) return cut("tls_handshake");
    begin_requests();
  });
}

void Connection::begin_requests() {
  peer_text_ = plain_address(peer_).to_string();
  next_request(Clock::now());
  read_on();
}

// Goes on as far as what is there allows, then writes and reads.
void Connection::advance() {
  bool more = !reading_;
  while (more)
    more = (state_ == State::kHead && out_.size() + writing_.size() < kOutMax && take_head()) ||
           (state_ == State::kBody && take_body());
  flush();
  // Who was just answered has said nothing yet: to look for it now is a call in vain.
  if (state_ == State::kHead && !reading_ && message_->input.size() == 0)
    thread_.later(shared_from_this());
  else
    read_on();
}

void Connection::go_on() { read_on(); }

void Connection::read_on() {
  const bool wants = (state_ == State::kHead && out_.size() + writing_.size() < kOutMax) ||
                     state_ == State::kBody || state_ == State::kStreaming ||
                     state_ == State::kLingering;
  if (!wants || reading_) return;
  reading_ = true;
  read_for_ = state_;
  transport_.async_read_some(
      read_room(), [this, self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
        reading_ = false;
        on_read(error, bytes);
      });
}

boost::asio::mutable_buffer Connection::read_room() {
  boost::beast::flat_buffer& input = message_->input;
  if (state_ == State::kHead)
    return input.prepare(std::min(kReadMin, input.max_size() - input.size()));
  if (state_ != State::kBody) {  // What comes now is of no interest, but for its end.
    input.clear();
    return input.prepare(kReadMin);
  }
  if (message_->admitted.chunked)
    return chunks_.prepare(std::min(kReadMin, chunks_.max_size() - chunks_.size()));
  std::string& body = message_->body;
  body_had_ = body.size();
  body.resize(body_had_ + message_->room());
  return boost::asio::buffer(body.data() + body_had_, body.size() - body_had_);
}

void Connection::on_read(const ErrorCode& error, std::size_t bytes) {
  if (state_ == State::kClosed) return;
  server_.metrics.read(bytes);
  if (error) {
    const bool writes = !writing_.empty() || !out_.empty();
    if (!writes || (state_ != State::kHead && state_ != State::kClosing)) return close();
    state_ = State::kClosing;  // A client that has said its last may still listen.
    return;
  }
  if (read_for_ != state_) return read_on();
  if (state_ == State::kHead)
    message_->input.commit(bytes);
  else if (state_ == State::kBody && message_->admitted.chunked)
    chunks_.commit(bytes);
  else if (state_ == State::kBody)
    message_->body.resize(body_had_ + bytes);
  advance();
}

void Connection::flush() {
  if (!writing_.empty() || out_.empty() || state_ == State::kClosed) return;
  writing_.swap(out_);
  written_ = 0;
  write_pace_.begin();
  write_some();
}

void Connection::write_some() {
  transport_.async_write_some(
      boost::asio::buffer(writing_.data() + written_, writing_.size() - written_),
      [this, self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
        on_written(error, bytes);
      });
}

void Connection::on_written(const ErrorCode& error, std::size_t bytes) {
  if (state_ == State::kClosed) return;
  if (error) return close();
  server_.metrics.wrote(bytes);
  written_ += bytes;
  if (written_ < writing_.size()) return write_some();
  writing_.clear();
  if (writing_.capacity() > kOutKept) writing_.shrink_to_fit();
  if (stream_) stream_->taken_by_reader(std::exchange(stream_bytes_, 0));
  if (!out_.empty()) return flush();
  if (state_ == State::kClosing) return linger();
  if (state_ == State::kUpgrading) return upgrade();
  if (state_ == State::kStreaming) return write_stream(*stream_);
  advance();
}

void Connection::tick(Clock::time_point now) {
  if (!writing_.empty() && write_pace_.late(now, written_)) return cut("slow_reader");
  const std::size_t received = reading_ ? body_had_ : message_->body.size();
  if (state_ == State::kBody && body_pace_.late(now, received))
    return refuse({408, "slow_body", "the body comes too slowly"});
  if (now > due_) return on_late();
  const auto& config = server_.config;
  if (idle() && lease_.crowded() &&
      now - (due_ - config.idle_timeout) > config.idle_timeout_crowded)
    close();
}

bool Connection::idle() const {
  return state_ == State::kHead && !waited_ && writing_.empty() && out_.empty();
}

void Connection::on_late() {
  switch (state_) {
    case State::kOpening:
      return cut("slow_opening");
    case State::kHandling:
      return cut("slow_answer");
    case State::kLingering:
      return close();
    case State::kHead:
      if (waited_) return refuse({408, "slow_head", "the request comes too slowly"});
      if (writing_.empty()) return close();
      return;
    default:
      return;
  }
}

void Connection::stop(bool now) {
  draining_ = true;
  if (now || idle() || state_ == State::kOpening) return close();
  if (state_ != State::kStreaming) return;
  end_stream();
  flush();
}

// Without waiting for the client to have read the last answer, it may be lost: closing a socket
// that has unread input resets the connection.
void Connection::linger() {
  state_ = State::kLingering;
  due_ = Clock::now() + kLinger;
  // The client's end of TLS can only be waited for if all that it sent was read.
  if (transport_.secure() && !reading_ && !refused_)
    return transport_.async_shutdown(
        [this, self = shared_from_this()](const ErrorCode&) { close(); });
  ErrorCode ignored;
  transport_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
  read_on();
}

void Connection::cut(std::string_view reason) {
  if (state_ == State::kClosed) return;
  server_.metrics.cut_connection(reason);
  close();
}

void Connection::close() {
  if (std::exchange(state_, State::kClosed) == State::kClosed) return;
  const auto self = std::move(self_);
  thread_.remove(*this);
  ErrorCode ignored;
  transport_.socket().close(ignored);
  lease_ = {};
  if (const auto stream = std::exchange(stream_, nullptr)) stream->gone();
}

}  // namespace millrace::http
