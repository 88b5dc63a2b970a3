#include "connectors/http/decompression.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace millrace::http {
namespace {

// Makes room behind the `used` bytes of `out`; false if the bound is reached.
bool grow(std::string& out, std::size_t used, std::size_t out_max) {
  if (used < out.size()) return true;
  if (out.size() >= out_max) return false;
  out.resize(std::min(out_max, out.size() * 2));
  return true;
}

int window_of(Compression compression) {
  constexpr int kLargest = 15;
  if (compression == Compression::kGzip) return kLargest + 16;
  return compression == Compression::kZlib ? kLargest : -kLargest;
}

// One byte more than the bound tells what fits exactly from what is too large.
Decompressed finish(std::string& out, std::size_t used, std::size_t out_max) {
  if (used > out_max) return Decompressed::kTooLarge;
  out.resize(used);
  return Decompressed::kDone;
}

Decompressed inflate_all(std::string_view bytes,
                         Compression compression,
                         std::size_t out_max,
                         std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, window_of(compression)) != Z_OK) return Decompressed::kCorrupt;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::size_t used = 0;
  for (;;) {
    if (!grow(out, used, out_max + 1)) return Decompressed::kTooLarge;
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(out.size() - used);
    const int result = inflate(&stream, Z_NO_FLUSH);
    used = out.size() - stream.avail_out;
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return finish(out, used, out_max);
      if (compression != Compression::kGzip || inflateReset(&stream) != Z_OK)
        return Decompressed::kCorrupt;
      continue;
    }
    const bool starved = stream.avail_in == 0 && stream.avail_out > 0;
    if (result != Z_OK || starved) return Decompressed::kCorrupt;
  }
}

Decompressed unpack_zstd(std::string_view bytes, std::size_t out_max, std::string& out) {
  constexpr int kWindowLogMax = 23;  // 8 MiB: what zstd asks of every decoder
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  if (!stream) return Decompressed::kCorrupt;
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t used = 0;
  for (;;) {
    if (!grow(out, used, out_max + 1)) return Decompressed::kTooLarge;
    ZSTD_outBuffer to{out.data() + used, out.size() - used, 0};
    const std::size_t hint = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(hint)) return Decompressed::kCorrupt;
    used += to.pos;
    if (in.pos < in.size || to.pos == to.size) {
      if (hint == 0 && in.pos == in.size) return finish(out, used, out_max);
      continue;
    }
    return hint == 0 ? finish(out, used, out_max) : Decompressed::kCorrupt;
  }
}

Decompressed unpack_brotli(std::string_view bytes, std::size_t out_max, std::string& out) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) return Decompressed::kCorrupt;
  const auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t in_left = bytes.size();
  std::size_t used = 0;
  for (;;) {
    if (!grow(out, used, out_max + 1)) return Decompressed::kTooLarge;
    auto* to = reinterpret_cast<std::uint8_t*>(out.data() + used);
    std::size_t room = out.size() - used;
    const auto result =
        BrotliDecoderDecompressStream(state.get(), &in_left, &in, &room, &to, nullptr);
    used = out.size() - room;
    if (result == BROTLI_DECODER_RESULT_SUCCESS && in_left == 0) return finish(out, used, out_max);
    if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return Decompressed::kCorrupt;
  }
}

}  // namespace

Compression compression_of(std::string_view bytes) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
  };
  if (byte(0) == 0x1f && byte(1) == 0x8b && byte(2) == 8) return Compression::kGzip;
  if (byte(0) == 0x28 && byte(1) == 0xb5 && byte(2) == 0x2f && byte(3) == 0xfd)
    return Compression::kZstd;
  // RFC 1950 2.2: method 8, a window of at most 32 KiB, no dictionary, and a check.
  const bool zlib = (byte(0) & 0x0f) == 8 && byte(0) >> 4 <= 7 && (byte(1) & 0x20) == 0 &&
                    (byte(0) * 256 + byte(1)) % 31 == 0;
  return bytes.size() >= 6 && zlib ? Compression::kZlib : Compression::kNone;
}

Decompressed decompress(std::string_view bytes,
                        Compression compression,
                        std::size_t out_max,
                        std::string& out) {
  if (bytes.size() > UINT32_MAX) return Decompressed::kTooLarge;
  // As much as text mostly becomes.
  out.assign(std::min(out_max + 1, bytes.size() * 4 + 1'024), '\0');
  if (compression == Compression::kZstd) return unpack_zstd(bytes, out_max, out);
  if (compression == Compression::kBrotli) return unpack_brotli(bytes, out_max, out);
  return inflate_all(bytes, compression, out_max, out);
}

}  // namespace millrace::http
