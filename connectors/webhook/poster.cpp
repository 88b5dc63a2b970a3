#include "connectors/webhook/poster.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>

namespace millrace::webhook {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Failure = boost::system::error_code;
using Tcp = asio::ip::tcp;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kAnswerMax = 64 << 10;  // of the head, and of the body
// For a body that nobody looks at: only so that the connection can be used again.
constexpr Duration kBodyWait = std::chrono::seconds(1);

}  // namespace

class Poster::Connection {
 public:
  explicit Connection(PosterOptions options)
      : options_(std::move(options)), tls_(asio::ssl::context::tls_client) {}

  Result<PostAnswer> post(std::string_view headers, std::string_view body) {
    const std::string head = fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: millrace\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n",
        options_.target.path,
        options_.target.authority(),
        body.size(),
        headers);
    const bool reused = stream_.has_value();
    Result<PostAnswer> answer = exchange(head, body);
    // A receiver may close what is idle at any time. It knows ids, should it have seen this one.
    if (!answer && reused && !expired_ && !stopped_) answer = exchange(head, body);
    return answer;
  }

  void stop() {
    stopped_ = true;
    io_.stop();
  }

 private:
  Result<PostAnswer> exchange(std::string_view head, std::string_view body) {
    expired_ = false;
    if (!stream_)
      if (Status connected = connect(); !connected) {
        drop();
        return connected.error();
      }
    within(options_.answer);
    const std::array<asio::const_buffer, 2> both{asio::buffer(head.data(), head.size()),
                                                 asio::buffer(body.data(), body.size())};
    const Failure written = with_stream([&](auto& stream) {
      return await([&](auto done) { asio::async_write(stream, both, done); });
    });
    if (written) return failed("cannot send", written);
    return read_answer();
  }

  Result<PostAnswer> read_answer() {
    boost::beast::flat_buffer buffer(kAnswerMax);
    http::response_parser<http::string_body> parser;
    parser.header_limit(kAnswerMax / 2);
    parser.body_limit(kAnswerMax);
    const auto read = [&](auto&& start) {
      return with_stream(
          [&](auto& stream) { return await([&](auto done) { start(stream, done); }); });
    };
    const Failure got = read(
        [&](auto& stream, auto done) { http::async_read_header(stream, buffer, parser, done); });
    if (got) return failed("no answer", got);
    PostAnswer answer{static_cast<int>(parser.get().result_int()), {}};
    const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    answer.retry_after = parse_retry_after(parser.get()[http::field::retry_after], now);
    deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + kBodyWait);
    const Failure rest =
        read([&](auto& stream, auto done) { http::async_read(stream, buffer, parser, done); });
    if (rest || !parser.keep_alive() || buffer.size() > 0) drop();
    return answer;
  }

  Status connect() {
    within(options_.connect);
    const Target& target = options_.target;
    const Result<std::vector<IpAddress>> addresses = resolve();
    if (!addresses) return addresses.error();
    if (addresses->empty()) return Error{"cannot find " + target.host};
    const std::vector<IpAddress> own = own_addresses();
    for (const IpAddress& address : *addresses)
      if (const auto reason = forbidden(address, options_.allowed, own))
        return Error{fmt::format("may not connect to {}: {}", target.host, *reason)};
    if (target.secure)
      if (Status trusted = trust(); !trusted) return trusted;
    std::vector<Tcp::endpoint> endpoints;
    for (const IpAddress& address : *addresses) endpoints.emplace_back(address, target.port);
    stream_.emplace(io_, tls_);
    Tcp::socket& socket = stream_->next_layer();
    const Failure connected =
        await([&](auto done) { asio::async_connect(socket, endpoints, done); });
    if (connected) return failed("cannot connect", connected);
    Failure ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    return target.secure ? shake_hands() : Status();
  }

  Result<std::vector<IpAddress>> resolve() {
    const Target& target = options_.target;
    if (target.address) return std::vector{*target.address};
    if (options_.resolve) return options_.resolve(target.host);
    Tcp::resolver resolver(io_);
    // Shared with the lookup, which cannot be broken off and may end later.
    auto found = std::make_shared<std::vector<IpAddress>>();
    const Failure failure = await([&](auto done) {
      resolver.async_resolve(
          target.host, "", [found, done](const Failure& why, const auto& results) mutable {
            for (const auto& result : results) found->push_back(result.endpoint().address());
            done(why);
          });
    });
    if (failure) return failed("cannot find " + target.host, failure);
    return *found;
  }

  // Reading the system's authorities takes a tenth of a second, so only once.
  Status trust() {
    if (trusted_) return {};
    Failure failure;
    if (options_.ca_file.empty())
      tls_.set_default_verify_paths(failure);
    else
      tls_.load_verify_file(options_.ca_file, failure);
    if (failure)
      return Error{fmt::format("cannot read the authorities to trust{}{}: {}",
                               options_.ca_file.empty() ? "" : " from ",
                               options_.ca_file,
                               failure.message())};
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
    trusted_ = true;
    return {};
  }

  Status shake_hands() {
    const Target& target = options_.target;
    if (!target.address) SSL_set_tlsext_host_name(stream_->native_handle(), target.host.c_str());
    stream_->set_verify_mode(asio::ssl::verify_peer);
    stream_->set_verify_callback(asio::ssl::host_name_verification(target.host));
    const Failure shaken =
        await([&](auto done) { stream_->async_handshake(asio::ssl::stream_base::client, done); });
    return shaken ? Status(failed("no secure connection", shaken)) : Status();
  }

  template <class Use>
  Failure with_stream(Use use) {
    return options_.target.secure ? use(*stream_) : use(stream_->next_layer());
  }

  void within(Duration duration) { deadline_ = std::chrono::steady_clock::now() + duration; }

  // Runs one operation until it is done, its time is over or stop() is called.
  template <class Start>
  Failure await(Start start) {
    // Shared with the handler, which a lookup may call when nobody waits any more.
    auto result = std::make_shared<std::optional<Failure>>();
    io_.restart();
    start([result](const Failure& failure, const auto&...) { *result = failure; });
    while (!*result && !stopped_ && io_.run_one_until(deadline_) > 0) {
    }
    if (*result) return **result;
    expired_ = true;
    drop();
    return asio::error::timed_out;
  }

  Error failed(std::string_view what, const Failure& failure) {
    drop();
    if (stopped_) return Error{"stopped"};
    if (failure == asio::error::timed_out) return Error{fmt::format("{} in time", what)};
    return Error{fmt::format("{}: {}", what, failure.message())};
  }

  // What still runs on the socket ends here, and with it the last use of the caller's buffers.
  void drop() {
    if (!stream_) return;
    Failure ignored;
    stream_->next_layer().close(ignored);
    io_.restart();
    while (io_.poll() > 0) {
    }
    stream_.reset();
  }

  const PosterOptions options_;
  asio::io_context io_{1};
  asio::ssl::context tls_;
  std::optional<asio::ssl::stream<Tcp::socket>> stream_;
  SteadyTime deadline_;
  bool trusted_ = false;
  bool expired_ = false;  // the last failure was for want of time
  std::atomic<bool> stopped_ = false;
};

Poster::Poster(PosterOptions options)
    : connection_(std::make_unique<Connection>(std::move(options))) {}
Poster::~Poster() = default;

Result<PostAnswer> Poster::post(std::string_view headers, std::string_view body) {
  try {
    return connection_->post(headers, body);
  } catch (const boost::system::system_error& failure) {
    return Error{std::string("cannot post: ") + failure.what()};
  }
}

void Poster::stop() { connection_->stop(); }

std::optional<Duration> parse_retry_after(std::string_view text, Time now) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = -1;
    const std::string_view digits = text.substr(at, size);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? value : -1;
  };
  if (text.empty()) return std::nullopt;
  if (const int seconds = number(0, text.size()); seconds >= 0)
    return std::chrono::seconds(seconds);
  // RFC 9110, 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const auto time = parse_time(fmt::format(
      "{}-{:02}-{}T{}Z", text.substr(12, 4), month / 3 + 1, text.substr(5, 2), text.substr(17, 8)));
  if (!time) return std::nullopt;
  return std::max(*time - now, Duration(0));
}

}  // namespace millrace::webhook
