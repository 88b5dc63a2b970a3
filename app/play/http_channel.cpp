#include "app/play/channel.hpp"

namespace millrace::play {
namespace {

class HttpChannel final : public Channel {
 public:
  HttpChannel(client::Loop& loop, const client::Address& to, const std::string& key)
      : client_(loop, to), headers_(client::write_key_header(key)) {}

  void send(const Parcel& parcel, std::function<void(Outcome)> done) override {
    client_.ask({.method = "POST", .path = "/v1/batch", .body = parcel.body, .headers = headers_},
                [done = std::move(done)](const Result<client::Answer>& answer) {
                  if (!answer) return done({.trouble = answer.error().what});
                  done({.status = answer->status,
                        .retry_after = answer->retry_after,
                        .trouble = answer->reason});
                });
  }

 private:
  client::HttpClient client_;
  const std::string headers_;
};

}  // namespace

std::unique_ptr<Channel> make_http_channel(client::Loop& loop,
                                           const client::Address& to,
                                           const std::string& key) {
  return std::make_unique<HttpChannel>(loop, to, key);
}

}  // namespace millrace::play
