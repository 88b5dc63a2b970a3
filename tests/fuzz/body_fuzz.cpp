// Any bytes as a body: what comes out keeps to its bounds, and unpacking what came out as JSON
// leaves it as it is.
#include "connectors/http/body.hpp"
#include "engine/base/check.hpp"

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using millrace::http::unpack;
  using millrace::http::Unpacked;
  constexpr millrace::http::UnpackLimits kLimits{.bytes_max = 256 << 10, .ratio_max = 50};
  if (size < 1 || size > 64 << 10) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string room;
  constexpr std::string_view kEncodings[] = {"", "deflate", "br"};
  const Unpacked unpacked = unpack(body, kEncodings[data[0] % 3], kLimits, room);
  CHECK(unpacked.reason.empty() || unpacked.text.empty());
  CHECK(unpacked.text.size() <= std::max<std::size_t>(kLimits.bytes_max, body.size()));
  if (unpacked.kind != Unpacked::Kind::kJson) return 0;
  std::string again_room;
  const Unpacked again = unpack(unpacked.text, "", kLimits, again_room);
  CHECK(again.kind == Unpacked::Kind::kJson && again.text == unpacked.text);
  return 0;
}
