#include "connectors/client/http_client.hpp"

#include "connectors/client/wire.hpp"
#include "engine/base/check.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace millrace::client {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

constexpr std::uint64_t kAnswerMax = std::uint64_t{64} << 20;
constexpr std::size_t kReadBytes = std::size_t{16} << 10;

Duration retry_after(const http::response<http::string_body>& message) {
  const auto text = message[http::field::retry_after];
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 3600));
}

}  // namespace

class HttpClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, Address address)
      : loop_(loop.state()), address_(std::move(address)), deadline_(loop_.io), read_(kReadBytes) {}

  bool busy() const { return static_cast<bool>(done_); }
  const Address& address() const { return address_; }

  void ask(const Question& question, Done done) {
    CHECK(!busy());
    head_.clear();
    fmt::format_to(std::back_inserter(head_),
                   "{} {}{} HTTP/1.1\r\nHost: {}\r\n{}",
                   question.method,
                   address_.base,
                   question.path,
                   address_.authority(),
                   question.headers);
    if (!question.body.empty() || question.method == "POST")
      fmt::format_to(std::back_inserter(head_),
                     "Content-Type: application/json\r\nContent-Length: {}\r\n",
                     question.body.size());
    head_ += "\r\n";
    body_ = question.body;
    on_body_ = question.on_body;
    done_ = std::move(done);
    if (question.within > Duration(0)) limit(question.within);
    reused_ = wire_ != nullptr;
    reused_ ? write() : connect();
  }

  // What still runs on the socket finds that nobody waits.
  void hang_up() {
    done_ = nullptr;
    deadline_.cancel();
    drop_wire();
  }

 private:
  void limit(Duration within) {
    deadline_.expires_after(within);
    deadline_.async_wait([self = shared_from_this()](const Failure& failure) {
      if (failure || !self->busy() || self->deadline_.expiry() > Loop::Clock::now()) return;
      self->fail("no answer in time");
    });
  }

  // Wraps a step: not taken if the connection was given up meanwhile.
  template <class Next>
  auto step(Next next) {
    return [self = shared_from_this(), wire = wire_, next](const Failure& failure,
                                                           std::size_t bytes = 0) {
      if (wire != self->wire_ || !self->busy()) return;
      if (failure == asio::error::eof) return self->ended();
      if (failure) return self->lost(failure.message());
      next(bytes);
    };
  }

  void connect() {
    parser_.reset();
    wire_ = std::make_shared<Wire>(loop_.io);
    open_wire(wire_, loop_, address_, step([this](std::size_t) { write(); }));
  }

  void write() {
    parser_.emplace();
    parser_->body_limit(kAnswerMax);
    if (on_body_) parser_->body_limit(boost::none);
    parser_->eager(true);
    const std::array<asio::const_buffer, 2> both{asio::buffer(head_),
                                                 asio::buffer(body_.data(), body_.size())};
    asio::async_write(*wire_, both, step([this](std::size_t) { read(); }));
  }

  void read() {
    wire_->async_read_some(asio::buffer(read_.data() + kept_, read_.size() - kept_),
                           step([this](std::size_t bytes) { got(kept_ + bytes); }));
  }

  void got(std::size_t bytes) {
    std::size_t used = 0;
    while (used < bytes && !parser_->is_done()) {
      Failure failure;
      const std::size_t taken =
          parser_->put(asio::buffer(read_.data() + used, bytes - used), failure);
      used += taken;
      if (failure == http::error::need_more) break;
      if (failure) return fail("the answer is no HTTP: " + failure.message());
      if (taken == 0) break;
    }
    kept_ = bytes - used;
    if (kept_ > 0)
      std::copy_n(read_.begin() + static_cast<std::ptrdiff_t>(used), kept_, read_.begin());
    if (kept_ == read_.size()) return fail("the answer's head is too large");
    if (!hand_over()) return;
    parser_->is_done() ? answer() : read();
  }

  // Whether to go on.
  bool hand_over() {
    if (!on_body_ || !parser_->is_header_done()) return true;
    if (parser_->get().result_int() / 100 != 2) return true;
    std::string& body = parser_->get().body();
    const bool more = body.empty() || on_body_(body);
    if (!busy()) return false;  // the callback hung up
    body.clear();
    if (!more) fail("hung up");
    return more;
  }

  void ended() {
    Failure failure;
    if (parser_ && parser_->is_header_done()) {
      parser_->put_eof(failure);
      if (!failure && parser_->is_done()) return answer();
    }
    lost("the server closed the connection");
  }

  // A server may close what is idle at any time: asked again, once, over a new connection.
  void lost(const std::string& why) {
    const bool untouched = !parser_ || !parser_->got_some();
    if (std::exchange(reused_, false) && untouched) return connect();
    fail(why);
  }

  void drop_wire() {
    if (wire_) wire_->close();
    wire_.reset();
    kept_ = 0;
  }

  void fail(const std::string& why) {
    drop_wire();
    finish(Error{fmt::format("{}: {}", address_.url(), why)});
  }

  void answer() {
    http::response<http::string_body>& message = parser_->get();
    Answer answer{.status = static_cast<int>(message.result_int()),
                  .body = std::move(message.body()),
                  .content_type = message[http::field::content_type],
                  .reason = message["X-Millrace-Reason"],
                  .position = message["X-Millrace-Position"],
                  .retry_after = retry_after(message)};
    if (!parser_->keep_alive() || kept_ > 0) drop_wire();
    finish(std::move(answer));
  }

  void finish(Result<Answer> result) {
    deadline_.cancel();
    on_body_ = nullptr;
    const Done done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  Loop::State& loop_;
  const Address address_;
  asio::steady_timer deadline_;
  // Shared with the operations on it, which end a little later than it is given up.
  std::shared_ptr<Wire> wire_;
  std::optional<Parser> parser_;
  std::vector<char> read_;
  std::size_t kept_ = 0;  // bytes of read_ that the parser has not taken yet
  std::string head_;
  std::string_view body_;
  std::function<bool(std::string_view)> on_body_;
  bool reused_ = false;  // the connection is from before this request
  Done done_;
};

HttpClient::HttpClient(Loop& loop, Address address)
    : connection_(std::make_shared<Connection>(loop, std::move(address))) {}

// What throws in a destructor is a bug, and ends the program.
HttpClient::~HttpClient() {  // NOLINT(bugprone-exception-escape)
  if (connection_) connection_->hang_up();
}

void HttpClient::ask(const Question& question, Done done) {
  connection_->ask(question, std::move(done));
}

bool HttpClient::busy() const { return connection_->busy(); }
const Address& HttpClient::address() const { return connection_->address(); }

Result<Answer> ask(Loop& loop,
                   HttpClient& client,
                   const Question& question,
                   const std::function<bool()>& interrupted) {
  std::optional<Result<Answer>> got;
  client.ask(question, [&](Result<Answer> answer) {
    got = std::move(answer);
    loop.stop();
  });
  loop.run(interrupted);
  return got ? *std::move(got) : Result<Answer>(Error{"interrupted"});
}

std::string write_key_header(std::string_view key) {
  if (key.empty()) return {};
  const std::string user = std::string(key) + ":";
  std::string encoded((user.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(user.data()),
                  static_cast<int>(user.size()));
  encoded.pop_back();
  return "Authorization: Basic " + encoded + "\r\n";
}

std::string bearer_header(std::string_view token) {
  return token.empty() ? std::string() : fmt::format("Authorization: Bearer {}\r\n", token);
}

}  // namespace millrace::client
