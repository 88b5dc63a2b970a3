#include "engine/journal/compression.hpp"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace millrace {
namespace {

constexpr int kZstdLevel = 1;  // 15x on tracking events; higher levels gain little and cost much

}  // namespace

struct Compressor::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor(Codec codec) : codec_(codec) {
  if (codec == Codec::kZstd) context_ = std::make_unique<Context>();
}

Compressor::~Compressor() = default;

std::size_t Compressor::bound(std::size_t raw) {
  return std::max(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(raw))),
                  ZSTD_compressBound(raw));
}

std::size_t Compressor::pack(std::string_view raw, char* into) {
  std::size_t size = 0;
  if (codec_ == Codec::kLz4) {
    size = static_cast<std::size_t>(LZ4_compress_default(
        raw.data(), into, static_cast<int>(raw.size()), static_cast<int>(bound(raw.size()))));
  } else if (codec_ == Codec::kZstd) {
    size = ZSTD_compressCCtx(
        context_->zstd, into, bound(raw.size()), raw.data(), raw.size(), kZstdLevel);
    if (ZSTD_isError(size) != 0) size = 0;
  }
  return size < raw.size() - raw.size() / 16 ? size : 0;
}

bool unpack(Codec codec, std::string_view stored, std::span<char> raw) {
  switch (codec) {
    case Codec::kNone:
      if (stored.size() != raw.size()) return false;
      if (!raw.empty()) std::memcpy(raw.data(), stored.data(), raw.size());
      return true;
    case Codec::kLz4: {
      const int size = LZ4_decompress_safe(
          stored.data(), raw.data(), static_cast<int>(stored.size()), static_cast<int>(raw.size()));
      return size >= 0 && static_cast<std::size_t>(size) == raw.size();
    }
    case Codec::kZstd: {
      const std::size_t size =
          ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
      return ZSTD_isError(size) == 0 && size == raw.size();
    }
  }
  return false;
}

}  // namespace millrace
