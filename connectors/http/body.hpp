// What a body holds, whatever its headers say: SDKs send gzip as text/plain, JSON as a form, and
// base64 of either. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

struct UnpackLimits {
  std::size_t bytes_max = std::size_t{4} << 20;  // of what comes out
  std::size_t ratio_max = 200;                   // out for in, once more than 64 KiB come out
};

struct Unpacked {
  enum class Kind : std::uint8_t {
    kJson,   // begins as an object or array does; nobody has parsed it
    kForm,   // name=value&...
    kOther,  // also: nothing
  };

  Kind kind = Kind::kOther;
  std::string_view text;    // a part of the body, or of the room that was given
  std::string_view reason;  // why it cannot be unpacked; empty: it could
};

// Takes off compression (gzip, zlib, zstd; deflate and br where `content_encoding` names it),
// base64, and a form's `data=`, up to three layers of which two may be compression, as long as
// something is recognised; the rest is the text, without byte order mark and blanks around it.
// `room` keeps what was unpacked.
//
// Reasons: "bad_compression", "body_bomb", "nested_too_deep".
Unpacked unpack(std::string_view body,
                std::string_view content_encoding,
                const UnpackLimits& limits,
                std::string& room);

}  // namespace millrace::http
