// Packs and unpacks the bytes of a group. One thread at a time uses a Compressor.
#pragma once

#include "engine/journal/config.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace millrace {

class Compressor {
 public:
  explicit Compressor(Codec codec);
  ~Compressor();

  // Room that pack() needs for `raw` bytes.
  static std::size_t bound(std::size_t raw);

  // Writes to `into` (bound(raw.size()) bytes) and returns how many; 0 when packing gains too
  // little to be worth the unpacking.
  std::size_t pack(std::string_view raw, char* into);

 private:
  struct Context;
  Codec codec_;
  std::unique_ptr<Context> context_;
};

// False unless `stored` unpacks to exactly `raw.size()` bytes. Safe on any input.
bool unpack(Codec codec, std::string_view stored, std::span<char> raw);

}  // namespace millrace
