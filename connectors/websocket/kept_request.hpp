// The request that opened a WebSocket, kept for as long as that is open: its events are received
// under the facts of its head.
#pragma once

#include "connectors/http/exchange.hpp"

#include <string>

namespace millrace::websocket {

class KeptRequest {
 public:
  explicit KeptRequest(const http::Request& from) : request_(from) {
    std::size_t size = from.target.size();
    for (const auto& header : from.headers) size += header.name.size() + header.value.size();
    text_.reserve(size);  // so that nothing moves
    request_.target = keep(from.target);
    request_.path = request_.target.substr(0, from.path.size());
    request_.query = {};
    request_.body = {};
    request_.captures.clear();
    for (auto& header : request_.headers) header = {keep(header.name), keep(header.value)};
  }
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;

  // As if it had come then.
  const http::Request& at(Time received) {
    request_.received = received;
    return request_;
  }

 private:
  std::string_view keep(std::string_view part) {
    const auto from = text_.size();
    text_ += part;
    return std::string_view(text_).substr(from);
  }

  http::Request request_;
  std::string text_;
};

}  // namespace millrace::websocket
