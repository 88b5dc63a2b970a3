// The live stream by WebSocket: what clients send is not listened to.
#include "connectors/serving/live_feed.hpp"
#include "connectors/websocket/connection.hpp"

#include <utility>

namespace millrace::serving {
namespace {

// Passes the end of a connection on, which may come before anybody wants to know of it.
class Ending {
 public:
  void happen() {
    std::function<void()> tell;
    {
      const std::scoped_lock lock(mutex_);
      happened_ = true;
      tell = std::exchange(tell_, nullptr);
    }
    if (tell) tell();
  }
  void on_end(std::function<void()> tell) {
    {
      const std::scoped_lock lock(mutex_);
      if (!happened_) tell_.swap(tell);
    }
    if (tell) tell();
  }

 private:
  std::mutex mutex_;
  bool happened_ = false;
  std::function<void()> tell_;
};

}  // namespace

void LiveFeed::serve(const http::Request& request, http::Upgraded&& upgraded) {
  websocket::ConnectionLimits limits;
  limits.message_max = 4 * 1024;
  const auto ending = std::make_shared<Ending>();  // shared with the connection
  const auto connection = websocket::Connection::accept(
      std::move(upgraded), limits, {[](std::string_view) {}, [ending] { ending->happen(); }});
  read_wish(request, LiveForm::kMessages, [this, connection, ending](auto wish) {
    using websocket::CloseCode;
    if (auto* refused = std::get_if<http::Response>(&wish))
      return connection->close(CloseCode::kPolicy, "refused", std::move(refused->body));
    const Open open = [&](std::function<void()> closed) {
      ending->on_end(std::move(closed));
      return connection;
    };
    if (!add(std::move(std::get<LiveReader::Wish>(wish)), open))
      connection->close(CloseCode::kTryLater, "too_many_readers");
  });
}

}  // namespace millrace::serving
