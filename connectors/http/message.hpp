// A request with the bytes that it views. Owned by its connection, which uses it again for the next
// request, and by the Reply to it: a handler may outlive the connection.
#pragma once

#include "connectors/http/admission.hpp"
#include "connectors/http/connection_limits.hpp"
#include "connectors/http/head.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::http {

inline std::string_view view_of(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

class Message {
 public:
  Message(std::size_t input_max, std::shared_ptr<BodyBudget> budget)
      : input(input_max), budget_(std::move(budget)) {}
  ~Message() { release(); }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  // Makes room in the budget for a body of so many bytes in all; false if there is none.
  bool reserve(std::size_t bytes) {
    if (bytes <= reserved_) return true;
    if (!budget_->take(bytes - reserved_)) return false;
    reserved_ = bytes;
    return true;
  }

  // How much to read next of a body of known length: as much again as has come, for who declares
  // much and sends little shall not hold much. The steps are halves of the length, so that a string
  // that doubles takes just the length in the end. Precondition: not all of it has come.
  std::size_t room() const {
    std::size_t to = admitted.content_length;
    while (to > kBodyStep && (to + 1) / 2 > body.size()) to = (to + 1) / 2;
    return to - body.size();
  }

  // Forgets the request; `surplus` came after it and is where the next one begins. It may be a part
  // of `input`.
  void next(std::string_view surplus) {
    if (const std::string_view held = view_of(input);
        !surplus.empty() && surplus.data() + surplus.size() == held.data() + held.size()) {
      input.consume(held.size() - surplus.size());
    } else {
      input.clear();
      input.commit(boost::asio::buffer_copy(input.prepare(surplus.size()),
                                            boost::asio::buffer(surplus.data(), surplus.size())));
    }
    body.clear();
    if (body.capacity() > kKept) body.shrink_to_fit();
    release();
  }

  boost::beast::flat_buffer input;  // the head, what came with it, and what came after it
  std::string body;                 // unless all of it came with the head
  Head head;
  Admitted admitted;
  Request request;

 private:
  static constexpr std::size_t kKept = 16 << 10;
  static constexpr std::size_t kBodyStep = 16 << 10;

  void release() { budget_->give_back(std::exchange(reserved_, 0)); }

  std::shared_ptr<BodyBudget> budget_;  // see BodyBudget
  std::size_t reserved_ = 0;
};

}  // namespace millrace::http
