// Parcels by the protocol of docs/websocket.md: one message a parcel, until each of its events is
// acknowledged. A lost connection is taken up again with its session when the next parcel comes.
#include "app/play/channel.hpp"
#include "app/remote/json_fields.hpp"
#include "connectors/client/websocket_client.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::play {
namespace {

class WebSocketChannel final : public Channel {
 public:
  WebSocketChannel(client::Loop& loop, client::Address to, std::string key)
      : loop_(loop), to_(std::move(to)), key_(std::move(key)) {}

  void send(const Parcel& parcel, std::function<void(Outcome)> done) override {
    parcel_ = &parcel;
    done_ = std::move(done);
    open_events_ = parcel.events;
    outcome_ = {.status = 200};
    if (welcome_)
      client_->send(parcel.body);
    else
      connect();
  }

 private:
  void connect() {
    lost_ = std::exchange(client_, nullptr);  // we may be called from its last call
    client_ = std::make_unique<client::WebSocketClient>(
        loop_,
        to_,
        "/v1/ws",
        client::WebSocketClient::Calls{
            .opened = [this] { client_->send(hello()); },
            .message = [this](std::string_view message) { take(message); },
            .closed =
                [this](std::string why) {
                  welcome_ = false;
                  finish({.trouble = std::move(why)});
                }});
  }

  std::string hello() const {
    const std::string resume =
        session_.empty() ? std::string() : fmt::format(R"(,"resume":"{}")", session_);
    return fmt::format(R"({{"type":"hello","key":"{}"{}}})", key_, resume);
  }

  void take(std::string_view message) {
    if (!head_.read(message)) return;
    const std::string_view type = head_.text(0);
    if (type == "welcome") {
      session_ = head_.text(1);
      welcome_ = true;
      if (parcel_ != nullptr) client_->send(parcel_->body);
    } else if (type == "rejected") {
      finish({.status = 400, .trouble = std::string(head_.text(2))});
    } else if (type == "ack" && acks_.read(message)) {
      take_acks();
    }
  }

  void take_acks() {
    for (std::size_t row = 0; row < acks_.rows() && open_events_ > 0; ++row) {
      --open_events_;
      const std::string_view status = acks_.text(0, row);
      if (status == "rejected") ++outcome_.refused;
      if (status != "ok" && status != "duplicate") outcome_.trouble = acks_.text(1, row);
      if (status != "retry") continue;
      outcome_.status = 503;
      outcome_.retry_after = std::chrono::seconds(static_cast<std::int64_t>(acks_.number(2, row)));
    }
    if (open_events_ == 0) finish(std::move(outcome_));
  }

  void finish(Outcome outcome) {
    parcel_ = nullptr;
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
  }

  client::Loop& loop_;
  const client::Address to_;
  const std::string key_;
  std::unique_ptr<client::WebSocketClient> lost_;  // the connection before
  std::unique_ptr<client::WebSocketClient> client_;
  std::string session_;
  bool welcome_ = false;
  const Parcel* parcel_ = nullptr;  // in flight
  std::uint32_t open_events_ = 0;   // of it, without an ack
  Outcome outcome_;
  std::function<void(Outcome)> done_;
  JsonFields head_{{"type", "session", "reason"}};
  JsonFields acks_{{"status", "reason", "after"}, "acks"};
};

}  // namespace

std::unique_ptr<Channel> make_websocket_channel(client::Loop& loop,
                                                const client::Address& to,
                                                const std::string& key) {
  return std::make_unique<WebSocketChannel>(loop, to, key);
}

}  // namespace millrace::play
