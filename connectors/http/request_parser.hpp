// Takes a request's head, and a chunked body, apart by Beast's parser, incrementally and within the
// bytes that the connection holds. One connection's, on its I/O thread; made anew for each request.
//
// Beast's parser alone is not safe: connectors/http/admission.hpp judges the head that this gives,
// and the bounds on chunk extensions and trailers are kept here.
#pragma once

#include "connectors/http/head.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

// Where a header stands in a request's bytes: they may move before the head is complete.
struct HeaderSpan {
  struct Part {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  Part name;
  Part value;
};

class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  enum class Step { kMore, kDone, kFault };

  // `spans` is room to work in, and the same for every request of a connection.
  RequestParser(std::size_t head_max, std::vector<HeaderSpan>& spans);

  // `bytes` are all that came of the request so far; they may have moved since the last call. When
  // done, `head` has views into them.
  Step parse_head(std::string_view bytes, Head& head);

  // Decodes a chunked body: takes from `bytes` what it used, and appends to `body` what it holds,
  // up to `body_max`. What is not used must come again with more behind it. Precondition:
  // parse_head is done, and the head says Transfer-Encoding: chunked.
  struct Chunks {
    std::string& body;
    std::size_t body_max;
  };
  Step parse_chunks(std::string_view& bytes, Chunks chunks);

  // After kFault.
  const Refused& refused() const { return refused_; }

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  using Span = HeaderSpan::Part;

  // Beast's callbacks; the rest of them has nothing to do.
  void on_request_impl(boost::beast::http::verb method,
                       View method_text,
                       View target,
                       int version,
                       ErrorCode& error) override;
  void on_field_impl(boost::beast::http::field field,
                     View name,
                     View value,
                     ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, View body, ErrorCode& error) override;
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View body, ErrorCode&) override { return body.size(); }
  void on_finish_impl(ErrorCode&) override {}

  std::optional<Span> span_of(View text) const;
  Step fault(const ErrorCode& error);

  std::size_t head_max_;
  std::string_view bytes_;    // of the call that runs
  std::size_t consumed_ = 0;  // of the head
  Span method_{};
  Span target_{};
  int version_ = 11;
  std::vector<HeaderSpan>& fields_;
  Chunks* chunks_ = nullptr;
  Refused refused_{};
};

}  // namespace millrace::http
