// One client's connection: reads a request, judges it, has it answered, and goes on to the next.
// All of it happens on one I/O thread.
//
//   opening -> head -> body -> handling -> head ...      the life of a connection
//                              handling -> streaming     an answer without an end
//                              (any)    -> closing -> lingering -> closed
//
// Requests of one connection are handled one after the other, so pipelined ones are answered in
// their order; their answers gather and are written together. At most one read and one write are
// under way.
#pragma once

#include "connectors/http/answer.hpp"
#include "connectors/http/connection_limits.hpp"
#include "connectors/http/io_thread.hpp"
#include "connectors/http/message.hpp"
#include "connectors/http/pace.hpp"
#include "connectors/http/proxy_protocol.hpp"
#include "connectors/http/reply.hpp"
#include "connectors/http/request_parser.hpp"
#include "connectors/http/server_state.hpp"
#include "connectors/http/transport.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::http {

class Connection final : public Session, public std::enable_shared_from_this<Connection> {
 public:
  struct Accepted {
    Socket socket;
    IpAddress peer;
    ConnectionLimits::Lease lease;
  };
  Connection(Accepted accepted, IoThread& thread, ServerState& server);
  ~Connection() override;

  void start();
  void tick(Clock::time_point now) override;
  void stop(bool now) override;
  void go_on() override;

  // From its replies and streams. What does not belong to the request that waits is dropped.
  void answer(std::uint64_t number, Response response);
  bool begin_stream(std::uint64_t number, Response head, std::shared_ptr<ConnectionStream> stream);
  void write_stream(ConnectionStream& stream);

 private:
  enum class State : std::uint8_t {
    kOpening,    // PROXY header, TLS handshake
    kHead,       // waits for a request, or has a part of its head
    kBody,       // has a part of its body
    kHandling,   // waits for its answer
    kStreaming,  // its answer has begun
    kUpgrading,  // waits for what was written to be gone
    kClosing,    // writes its last answer
    kLingering,  // waits for the client to have read it
    kClosed,
  };

  // connection.cpp: opening, closing, bytes in and out.
  void read_proxy_header();
  void handshake();
  void begin_requests();
  void advance();
  void read_on();
  boost::asio::mutable_buffer read_room();
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void flush();
  void write_some();
  void on_written(const boost::system::error_code& error, std::size_t bytes);
  bool idle() const;
  void on_late();
  void linger();
  void close();
  void cut(std::string_view reason);

  // connection_request.cpp: from bytes to a handler's call, and its answer to bytes. take_...:
  // false if more bytes are needed first.
  bool take_head();
  bool take_body();
  void judge();
  const Route* meant_by_preflight(const Routes::Match& match) const;
  void no_route(const Routes::Match& match);
  void describe();
  void begin_body();
  bool reserve_body();
  void call_handler();
  void refuse(const Refused& refused);
  void refuse_early(Response response);
  void respond(Response response);
  void next_request(Clock::time_point now);
  AnswerForm form(bool keep) const;

  // connection_stream.cpp
  void end_stream();
  void begin_upgrade();
  void upgrade();

  IoThread& thread_;
  ServerState& server_;
  ConnectionLimits::Lease lease_;
  Transport transport_;
  IpAddress peer_;  // as the PROXY header says, if there is one
  std::string peer_text_;

  // Itself, until it is closed: while a handler has the request, nothing else holds it.
  std::shared_ptr<Connection> self_;
  State state_ = State::kOpening;
  bool reading_ = false;
  State read_for_ = State::kOpening;
  bool refused_ = false;   // there may be more of the request on the wire
  bool draining_ = false;  // the server stops: no request after this one
  bool calling_ = false;   // the handler runs
  bool waited_ = false;    // at least one byte of the head is there
  Clock::time_point due_ = Clock::time_point::max();  // when the state has lasted too long
  Pace body_pace_;
  Pace write_pace_;

  std::shared_ptr<Message> message_;  // with replies, see there
  std::optional<RequestParser> parser_;
  std::vector<HeaderSpan> spans_;     // for parser_
  boost::beast::flat_buffer chunks_;  // of a chunked body, as read
  std::size_t body_had_ = 0;          // of a body that is read in place, before this read
  std::string_view rest_{};           // what came after the request
  std::uint64_t number_ = 0;          // of the request
  const Route* route_ = nullptr;
  Clock::time_point begun_{};
  std::optional<Response> early_;  // given while the handler ran

  std::string out_;      // to be written next
  std::string writing_;  // being written
  std::size_t written_ = 0;
  std::shared_ptr<ConnectionStream> stream_;  // with who writes to it
  std::size_t stream_bytes_ = 0;              // of it, being written
  std::array<char, kProxyStart + kProxyRestMax> proxy_header_;
};

}  // namespace millrace::http
