#include "connectors/client/websocket_client.hpp"

#include "connectors/client/wire.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <fmt/format.h>

#include <deque>
#include <utility>

namespace millrace::client {
namespace {

namespace websocket = boost::beast::websocket;

constexpr std::size_t kMessageMax = std::size_t{4} << 20;

}  // namespace

// How a WebSocket stream ends what it stands on; found by Beast where Wire is.
void teardown(boost::beast::role_type /*role*/, Wire& wire, Failure& failure) {
  wire.socket().close(failure);
}

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, Wire& wire, Handler&& handler) {
  Failure failure;
  wire.socket().close(failure);
  asio::post(wire.get_executor(),
             [handler = std::forward<Handler>(handler)]() mutable { handler(Failure()); });
}

void beast_close_socket(Wire& wire) { wire.close(); }

class WebSocketClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, Address address, std::string path, Calls calls)
      : loop_(loop.state()),
        address_(std::move(address)),
        path_(std::move(path)),
        calls_(std::move(calls)) {}

  void open() {
    wire_ = std::make_shared<Wire>(loop_.io);
    open_wire(wire_, loop_, address_, [self = shared_from_this()](const Failure& failure) {
      if (failure) return self->end(failure.message());
      self->shake_hands();
    });
  }

  void send(std::string message) {
    waiting_.push_back(std::move(message));
    if (waiting_.size() == 1) write();
  }

  void hang_up() {
    calls_ = {};
    if (wire_) wire_->close();
    if (stream_) stream_->next_layer().close();
  }

 private:
  using Stream = websocket::stream<Wire, false>;  // without compression

  void shake_hands() {
    if (!calls_.closed) return;
    stream_ = std::make_unique<Stream>(std::move(*wire_));
    wire_.reset();
    stream_->read_message_max(kMessageMax);
    stream_->binary(true);
    stream_->async_handshake(
        answer_,
        address_.authority(),
        address_.base + path_,
        [self = shared_from_this()](const Failure& failure) { self->opened(failure); });
  }

  void opened(const Failure& failure) {
    if (failure == websocket::error::upgrade_declined)
      return end(fmt::format("it answers {}", answer_.result_int()));
    if (failure) return end(failure.message());
    if (calls_.opened) calls_.opened();
    read();
  }

  void read() {
    stream_->async_read(buffer_, [self = shared_from_this()](const Failure& failure, std::size_t) {
      self->got(failure);
    });
  }

  void got(const Failure& failure) {
    if (failure == websocket::error::closed) {
      const websocket::close_reason& why = stream_->reason();
      return end(fmt::format("closed with {} {}",
                             static_cast<unsigned>(why.code),
                             std::string_view(why.reason.data(), why.reason.size())));
    }
    if (failure) return end(failure.message());
    const auto bytes = buffer_.data();
    if (calls_.message) calls_.message({static_cast<const char*>(bytes.data()), bytes.size()});
    buffer_.clear();
    read();
  }

  void write() {
    stream_->async_write(asio::buffer(waiting_.front()),
                         [self = shared_from_this()](const Failure& failure, std::size_t) {
                           if (failure) return;  // reading fails too, and tells
                           self->waiting_.pop_front();
                           if (!self->waiting_.empty()) self->write();
                         });
  }

  void end(const std::string& why) {
    const auto closed = std::exchange(calls_, {}).closed;
    if (closed) closed(fmt::format("{}: {}", address_.url(), why));
  }

  Loop::State& loop_;
  const Address address_;
  const std::string path_;
  Calls calls_;  // empty: nobody listens any more
  // Shared with the steps of opening it.
  std::shared_ptr<Wire> wire_;
  std::unique_ptr<Stream> stream_;
  websocket::response_type answer_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> waiting_;  // the first is being written
};

WebSocketClient::WebSocketClient(Loop& loop, const Address& address, std::string path, Calls calls)
    : connection_(std::make_shared<Connection>(loop, address, std::move(path), std::move(calls))) {
  connection_->open();
}

WebSocketClient::~WebSocketClient() { connection_->hang_up(); }

void WebSocketClient::send(std::string message) { connection_->send(std::move(message)); }

}  // namespace millrace::client
