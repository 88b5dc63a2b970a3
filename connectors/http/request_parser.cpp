#include "connectors/http/request_parser.hpp"

#include "engine/base/check.hpp"

#include <boost/beast/http/error.hpp>

#include <functional>

namespace millrace::http {
namespace {

namespace beast_http = boost::beast::http;

// A chunk's extension has no use, and Beast would keep any amount of them.
constexpr std::size_t kExtensionMax = 256;

constexpr Refused kFolded{400, "obs_fold", "a header is continued on the next line"};
constexpr Refused kChunk{400, "bad_chunk", "the chunked body is malformed"};
constexpr Refused kExtension{400, "chunk_extension_too_large", "a chunk extension is too long"};
constexpr Refused kBody{413, "body_too_large", "the body is larger than this route takes"};
constexpr Refused kHead{400, "head_too_large", "the request line and headers are too large"};
constexpr Refused kLength{400, "bad_content_length", "Content-Length is not one number"};
constexpr Refused kEncoding{
    400, "bad_transfer_encoding", "Transfer-Encoding is repeated, or stands beside Content-Length"};
constexpr Refused kVersion{505, "bad_version", "this server speaks HTTP/1.1 and HTTP/1.0"};
constexpr Refused kTarget{400, "bad_target", "the request target is malformed"};
constexpr Refused kMethod{400, "bad_method", "the method is malformed"};
constexpr Refused kMalformed{400, "malformed_head", "this is not an HTTP request"};

Refused refused_for(const boost::beast::error_code& code) {
  using Error = beast_http::error;
  if (code == Error::header_limit || code == Error::buffer_overflow) return kHead;
  if (code == Error::body_limit) return kBody;
  if (code == Error::bad_content_length || code == Error::multiple_content_length) return kLength;
  if (code == Error::bad_transfer_encoding) return kEncoding;
  if (code == Error::bad_version) return kVersion;
  if (code == Error::bad_target) return kTarget;
  if (code == Error::bad_method) return kMethod;
  if (code == Error::bad_chunk || code == Error::bad_chunk_extension) return kChunk;
  return kMalformed;
}

}  // namespace

RequestParser::RequestParser(std::size_t head_max, std::vector<HeaderSpan>& spans)
    : head_max_(head_max), fields_(spans) {
  header_limit(static_cast<std::uint32_t>(head_max));
  body_limit(boost::none);  // kept here, and for a Content-Length by who reads it
  fields_.clear();
}

RequestParser::Step RequestParser::parse_head(std::string_view bytes, Head& head) {
  bytes_ = bytes;
  ErrorCode error;
  consumed_ += put({bytes.data() + consumed_, bytes.size() - consumed_}, error);
  if (error == beast_http::error::need_more)
    return bytes.size() < head_max_ ? Step::kMore : fault(beast_http::error::header_limit);
  if (error) return fault(error);
  if (!is_header_done()) return Step::kMore;
  // Beast counts only what came since the last complete line.
  if (consumed_ > head_max_) return fault(beast_http::error::header_limit);

  const auto view = [&](Span span) { return bytes.substr(span.at, span.size); };
  head.bytes = bytes.substr(0, consumed_);
  head.method = view(method_);
  head.target = view(target_);
  head.version = version_;
  head.keep_alive = keep_alive();
  head.upgrade = upgrade();
  head.headers.clear();
  for (const HeaderSpan& field : fields_)
    head.headers.push_back({view(field.name), view(field.value)});
  return Step::kDone;
}

RequestParser::Step RequestParser::parse_chunks(std::string_view& bytes, Chunks chunks) {
  chunks_ = &chunks;
  ErrorCode error;
  while (!is_done() && !error) {
    bytes_ = bytes;
    bytes.remove_prefix(put({bytes.data(), bytes.size()}, error));
    // With nothing left, Beast would say that a chunk of no bytes is there.
    if (bytes.empty()) break;
  }
  chunks_ = nullptr;
  if (error && error != beast_http::error::need_more) return fault(error);
  return is_done() ? Step::kDone : Step::kMore;
}

void RequestParser::on_request_impl(
    beast_http::verb, View method_text, View target, int version, ErrorCode& error) {
  const auto method = span_of(method_text);
  const auto where = span_of(target);
  CHECK(method && where);
  method_ = *method;
  target_ = *where;
  version_ = version;
  error = {};
}

void RequestParser::on_field_impl(beast_http::field, View name, View value, ErrorCode& error) {
  if (is_header_done()) return;  // A trailer: nobody may say anything there that counts.
  const auto name_span = span_of(name);
  const auto value_span = value.empty() ? Span{} : span_of(value);
  if (!name_span || !value_span) {
    refused_ = kFolded;  // Beast joins the lines in memory of its own.
    error = beast_http::error::bad_obs_fold;
    return;
  }
  fields_.push_back({*name_span, *value_span});
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& error) {
  if (extensions.size() > kExtensionMax) {
    refused_ = kExtension;
    error = beast_http::error::bad_chunk_extension;
  } else if (size > chunks_->body_max - chunks_->body.size()) {
    error = beast_http::error::body_limit;
  }
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) {
  chunks_->body.append(body.data(), body.size());
  return body.size();
}

std::optional<RequestParser::Span> RequestParser::span_of(View text) const {
  const std::less_equal<> before;
  const char* begin = bytes_.data();
  if (!before(begin, text.data()) || !before(text.data() + text.size(), begin + bytes_.size()))
    return std::nullopt;
  return Span{static_cast<std::uint32_t>(text.data() - begin),
              static_cast<std::uint32_t>(text.size())};
}

RequestParser::Step RequestParser::fault(const ErrorCode& error) {
  if (refused_.reason.empty()) refused_ = refused_for(error);
  return Step::kFault;
}

}  // namespace millrace::http
