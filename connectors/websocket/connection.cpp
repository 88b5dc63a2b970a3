#include "connectors/websocket/connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>
#include <utility>

namespace millrace::websocket {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using Code = boost::system::error_code;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kHeadMax = 64 * 1024;

}  // namespace

// On the I/O thread only. Each operation under way holds the connection.
class Connection::Channel {
 public:
  Channel(Connection& of, http::Upgraded&& upgraded, Owner owner)
      : of_(of),
        owner_(std::move(owner)),
        seat_(std::move(upgraded.seat)),
        head_(std::move(upgraded.bytes)),
        stream_(std::move(upgraded.transport)),
        first_message_(stream_.get_executor()) {
    seat_->on_stop([weak = of.weak_from_this()](bool now) {
      const auto self = weak.lock();
      if (!self || !self->channel_) return;
      if (now) return http::beast_close_socket(self->channel_->stream_.next_layer());
      self->close(CloseCode::kGoingAway, "stopping");
    });
    const auto& limits = of.limits_;
    stream_.set_option(ws::stream_base::timeout{limits.handshake, limits.silence, true});
    stream_.set_option(ws::stream_base::decorator(
        [](ws::response_type& response) { response.set(beast::http::field::server, "millrace"); }));
    stream_.read_message_max(limits.message_max);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.control_callback([this](ws::frame_type kind, beast::string_view) {
      if (kind == ws::frame_type::ping) count_ping();
    });
  }

  void accept() {
    beast::http::request_parser<beast::http::empty_body> parser;
    parser.header_limit(kHeadMax);
    Code code;
    const auto used = parser.put(asio::buffer(head_), code);
    // A client that speaks before it was answered breaks the protocol; what it said would be lost.
    const bool good = !code && parser.is_done() && used == head_.size();
    if (!good) http::beast_close_socket(stream_.next_layer());
    busy_ = 1;
    stream_.async_accept(parser.get(), [this, self = of_.shared_from_this()](Code failed) {
      --busy_;
      if (failed) return finish();
      open_ = true;
      await_first_message();
      read();
      write();
    });
  }

  // Writes what waits, and closes when told to and nothing does.
  void write() {
    if (!open_ || writing_ || closing_) return;
    std::string* next = nullptr;
    {
      const std::scoped_lock lock(of_.mutex_);
      of_.awake_ = false;
      if (!of_.waiting_.empty()) next = &of_.waiting_.front();
    }
    if (next == nullptr) return close();
    writing_ = true;
    ++busy_;
    stream_.async_write(asio::buffer(*next),
                        [this, self = of_.shared_from_this()](Code code, std::size_t) {
                          --busy_;
                          writing_ = false;
                          if (code) return fail();
                          written();
                        });
  }

 private:
  using Stream = ws::stream<http::Transport, false>;  // false: cannot compress

  void await_first_message() {
    if (of_.limits_.first_message.count() == 0) return;
    first_message_.expires_after(of_.limits_.first_message);
    first_message_.async_wait([weak = of_.weak_from_this()](Code code) {
      const auto self = weak.lock();
      if (!code && self) self->close(CloseCode::kPolicy, "silent");
    });
  }

  void written() {
    bool room = false;
    {
      const std::scoped_lock lock(of_.mutex_);
      of_.waiting_bytes_ -= of_.waiting_.front().size();
      of_.waiting_.pop_front();
      room = of_.waiting_bytes_ <= of_.limits_.waiting_max / 2;
    }
    if (paused_ && room) read();
    write();
  }

  void close() {
    ws::close_reason reason;
    {
      const std::scoped_lock lock(of_.mutex_);
      if (!of_.ending_) return;
      reason.code = static_cast<ws::close_code>(of_.code_);
      reason.reason.assign(of_.reason_.data(), of_.reason_.size());
    }
    closing_ = true;
    ++busy_;
    stream_.async_close(reason, [this, self = of_.shared_from_this()](Code) {
      --busy_;
      fail();
    });
    if (paused_) read();  // for the client's answer
  }

  void read() {
    paused_ = false;
    ++busy_;
    stream_.async_read(buffer_, [this, self = of_.shared_from_this()](Code code, std::size_t) {
      --busy_;
      if (code) return fail();
      take();
    });
  }

  void take() {
    first_message_.cancel();
    const auto data = buffer_.cdata();
    if (!closing_) owner_.message({static_cast<const char*>(data.data()), data.size()});
    buffer_.consume(buffer_.size());
    {
      const std::scoped_lock lock(of_.mutex_);
      paused_ = of_.waiting_bytes_ > of_.limits_.waiting_max / 2;
    }
    if (!paused_ || closing_) read();
  }

  void count_ping() {
    const auto now = Steady::now();
    if (now - pings_since_ >= of_.limits_.silence) {
      pings_since_ = now;
      pings_ = 0;
    }
    if (++pings_ > of_.limits_.pings_max) of_.close(CloseCode::kPolicy, "ping_flood");
  }

  // One operation has ended the connection: the others follow.
  void fail() {
    http::beast_close_socket(stream_.next_layer());
    finish();
  }

  void finish() {
    if (busy_ > 0) return;
    const auto self = of_.shared_from_this();
    auto channel = std::move(of_.channel_);
    {
      const std::scoped_lock lock(of_.mutex_);
      of_.ending_ = true;
      of_.waiting_.clear();
      of_.waiting_bytes_ = 0;
    }
    const auto closed = std::move(owner_.closed);
    channel.reset();  // and this with it: the seat is free when the owner hears
    closed();
  }

  Connection& of_;
  Owner owner_;
  std::unique_ptr<http::Seat> seat_;
  const std::string head_;
  Stream stream_;
  beast::flat_buffer buffer_;
  asio::steady_timer first_message_;
  unsigned busy_ = 0;  // operations under way
  bool open_ = false;
  bool writing_ = false;
  bool closing_ = false;
  bool paused_ = false;  // not reading
  std::uint32_t pings_ = 0;
  Steady::time_point pings_since_ = Steady::now();
};

Connection::Connection(std::shared_ptr<http::Mailbox> mailbox, const ConnectionLimits& limits)
    : limits_(limits), mailbox_(std::move(mailbox)) {}

Connection::~Connection() = default;

std::shared_ptr<Connection> Connection::accept(http::Upgraded upgraded,
                                               const ConnectionLimits& limits,
                                               Owner owner) {
  std::shared_ptr<Connection> made(new Connection(upgraded.mailbox, limits));
  made->channel_ = std::make_unique<Channel>(*made, std::move(upgraded), std::move(owner));
  made->channel_->accept();
  return made;
}

bool Connection::write(std::string message) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_ || waiting_bytes_ + message.size() > limits_.waiting_max) return false;
    waiting_bytes_ += message.size();
    waiting_.push_back(std::move(message));
  }
  wake();
  return true;
}

void Connection::close(CloseCode code, std::string_view reason, std::string last) {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(ending_, true)) return;
    code_ = code;
    reason_ = reason;
    waiting_bytes_ += last.size();
    if (!last.empty()) waiting_.push_back(std::move(last));
  }
  wake();
}

void Connection::wake() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(awake_, true)) return;
  }
  mailbox_->post([self = shared_from_this()] {
    if (self->channel_) self->channel_->write();
  });
}

}  // namespace millrace::websocket
