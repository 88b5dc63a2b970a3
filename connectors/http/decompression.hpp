// gzip, zlib, raw deflate, brotli and zstd, within a bound. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

enum class Compression : std::uint8_t { kNone, kGzip, kZlib, kDeflate, kBrotli, kZstd };

// By their first bytes. Raw deflate and brotli have no mark of their own, and what looks like zlib
// may be text.
Compression compression_of(std::string_view bytes);

enum class Decompressed : std::uint8_t { kDone, kCorrupt, kTooLarge };

// Replaces `out`. All of `bytes` must belong to it; gzip and zstd may have several parts one after
// the other. Memory is bounded by `out_max` and some 16 MiB.
Decompressed decompress(std::string_view bytes,
                        Compression compression,
                        std::size_t out_max,
                        std::string& out);

}  // namespace millrace::http
