#include "connectors/http/body.hpp"

#include "connectors/http/admission.hpp"
#include "connectors/http/base64.hpp"
#include "connectors/http/decompression.hpp"
#include "connectors/http/url.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::http {
namespace {

constexpr int kLayersMax = 3;
constexpr int kCompressionsMax = 2;
constexpr std::size_t kAlwaysAllowed = 64 << 10;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool looks_like_json(std::string_view text) {
  return text.starts_with('{') || text.starts_with('[');
}

// A name of letters and the like, then '='. A form that begins otherwise is not one of ours.
bool looks_like_form(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.$%[]").find(c) != std::string_view::npos;
  });
}

bool is_marked(std::string_view bytes) {
  return looks_like_json(bytes) || compression_of(bytes) != Compression::kNone;
}

// Base64 is only taken for what it is if something that we know is in it: words are base64 too.
std::optional<std::string> out_of_base64(std::string_view text) {
  constexpr std::size_t kProbe = 12;  // characters, for the first 9 bytes
  if (text.size() < 8) return {};
  const auto start = base64_decoded(text.substr(0, std::min(kProbe, text.size())));
  if (!start || !is_marked(trimmed(*start))) return {};
  return base64_decoded(text);
}

// The value of a form's `data`, if something that we know is in it.
std::optional<std::string> out_of_form(std::string_view text) {
  auto data = query_parameter(text, "data");
  if (!data) return {};
  const std::string_view value = trimmed(*data);
  if (is_marked(value) || out_of_base64(value)) return data;
  return {};
}

// One body on its way to what it holds.
class Unpacking {
 public:
  Unpacking(const UnpackLimits& limits, std::string& room) : limits_(limits), room_(room) {}

  Unpacked run(std::string_view body, std::string_view content_encoding) {
    text_ = body;
    int layer = open_named(content_encoding) ? 1 : 0;
    for (; reason_.empty(); ++layer) {
      if (compression_of(text_) == Compression::kNone) text_ = trimmed(text_);
      if (looks_like_json(text_)) return {.kind = Unpacked::Kind::kJson, .text = text_};
      std::string next;
      if (!open(next)) break;
      if (layer == kLayersMax) return refused("nested_too_deep");
      room_ = std::move(next);
      text_ = room_;
    }
    if (!reason_.empty()) return refused(reason_);
    const bool form = looks_like_form(text_);
    return {.kind = form ? Unpacked::Kind::kForm : Unpacked::Kind::kOther, .text = text_};
  }

 private:
  static Unpacked refused(std::string_view reason) { return {.reason = reason}; }

  // Takes off what only the header tells: such bytes may begin as JSON does. If they are none, the
  // header lies.
  bool open_named(std::string_view content_encoding) {
    const bool brotli = same_word(content_encoding, "br");
    if ((!brotli && !same_word(content_encoding, "deflate")) || text_.empty() ||
        compression_of(text_) != Compression::kNone)
      return false;
    std::string next;
    if (!inflate(brotli ? Compression::kBrotli : Compression::kDeflate, true, next)) return false;
    room_ = std::move(next);
    text_ = room_;
    return true;
  }

  // Takes the outermost layer off, into `next`; false if there is none, or for a reason.
  bool open(std::string& next) {
    const Compression compression = compression_of(text_);
    if (compression != Compression::kNone) {
      if (inflate(compression, compression == Compression::kZlib, next)) return true;
      if (!reason_.empty()) return false;
    }
    auto value = looks_like_form(text_) ? out_of_form(text_) : std::nullopt;
    if (!value) value = out_of_base64(text_);
    if (!value) return false;
    next = *std::move(value);
    return true;
  }

  bool inflate(Compression compression, bool guessed, std::string& next) {
    if (++compressions_ > kCompressionsMax) {
      reason_ = "nested_too_deep";
      return false;
    }
    const std::size_t out_max =
        std::min(limits_.bytes_max, std::max(kAlwaysAllowed, text_.size() * limits_.ratio_max));
    switch (decompress(text_, compression, out_max, next)) {
      case Decompressed::kDone:
        return true;
      case Decompressed::kTooLarge:
        reason_ = "body_bomb";
        return false;
      case Decompressed::kCorrupt:
        break;
    }
    // What only looked like it may be text all the same.
    if (!guessed) reason_ = "bad_compression";
    next.clear();
    --compressions_;
    return false;
  }

  const UnpackLimits& limits_;
  std::string& room_;
  std::string_view text_;
  int compressions_ = 0;
  std::string_view reason_;
};

}  // namespace

Unpacked unpack(std::string_view body,
                std::string_view content_encoding,
                const UnpackLimits& limits,
                std::string& room) {
  return Unpacking(limits, room).run(body, content_encoding);
}

}  // namespace millrace::http
