#include "connectors/http/body.hpp"

#include "connectors/http/base64.hpp"
#include "connectors/http/url.hpp"

#include <brotli/encode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace millrace::http {
namespace {

using Kind = Unpacked::Kind;

const std::string kJson = R"({"batch":[{"type":"track","event":"Order Completed"}]})";

// By zlib's number for a form: 15 zlib, 31 gzip, -15 deflate.
std::string deflated(const std::string& text, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string gzip(const std::string& text) { return deflated(text, 31); }

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string brotli(const std::string& text) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  EXPECT_TRUE(BrotliEncoderCompress(BROTLI_DEFAULT_QUALITY,
                                    BROTLI_DEFAULT_WINDOW,
                                    BROTLI_MODE_TEXT,
                                    text.size(),
                                    reinterpret_cast<const std::uint8_t*>(text.data()),
                                    &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())));
  out.resize(size);
  return out;
}

std::string base64(std::string_view bytes, std::string_view extra = "+/") {
  std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  alphabet += extra;
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j)
      three = three << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : alphabet[three >> (18 - 6 * j) & 63];
  }
  return out;
}

std::string percent(const std::string& text) {
  std::string out;
  for (const char c : text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

struct Seen {
  Kind kind;
  std::string text;
  std::string reason;
  bool operator==(const Seen&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << static_cast<int>(seen.kind) << " '" << seen.text.substr(0, 200) << "' "
             << seen.reason;
}

Seen seen(const std::string& body,
          std::string_view encoding = "",
          const UnpackLimits& limits = {}) {
  std::string room;
  const Unpacked unpacked = unpack(body, encoding, limits, room);
  return {unpacked.kind, std::string(unpacked.text), std::string(unpacked.reason)};
}

TEST(Unpack, FindsJsonUnderWhateverItIsWrapped) {
  const Seen json{Kind::kJson, kJson, ""};
  EXPECT_EQ(seen(kJson), json);
  EXPECT_EQ(seen("\xef\xbb\xbf \r\n" + kJson + "\n"), json);
  EXPECT_EQ(seen(gzip(kJson)), json);
  EXPECT_EQ(seen(deflated(kJson, 15)), json);
  EXPECT_EQ(seen(zstd(kJson)), json);
  EXPECT_EQ(seen(base64(kJson)), json);
  EXPECT_EQ(seen(base64(kJson, "-_")), json);
  EXPECT_EQ(seen(base64(gzip(kJson))), json);
  EXPECT_EQ(seen(gzip(gzip(kJson))), json);
  EXPECT_EQ(seen(gzip(base64(kJson))), json);
  EXPECT_EQ(seen("data=" + percent(kJson)), json);
  EXPECT_EQ(seen("compression=base64&data=" + percent(base64(kJson))), json);
  EXPECT_EQ(seen("data=" + base64(gzip(kJson))), json);  // with '+' that nobody encoded
  EXPECT_EQ(seen("data=" + percent(base64(gzip(kJson))) + "&v=1"), json);
}

TEST(Unpack, BelievesTheHeaderOnlyOfWhatHasNoMark) {
  EXPECT_EQ(seen(brotli(kJson), "br"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen(base64(kJson), "br"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen(kJson, "br"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen(gzip(kJson), "br"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen("", "br"), (Seen{Kind::kOther, "", ""}));
  EXPECT_EQ(seen(deflated(kJson, -15), "deflate"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen(deflated(kJson, 15), "deflate"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen(kJson, "gzip"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen(kJson, "deflate"), (Seen{Kind::kJson, kJson, ""}));
  EXPECT_EQ(seen("a=1", "deflate"), (Seen{Kind::kForm, "a=1", ""}));
}

// Whatever their first and last bytes look like: brackets, blanks.
TEST(Unpack, OpensWhatTheHeaderNames) {
  for (int i = 0; i < 2'000; ++i) {
    const std::string json = R"({"n":)" + std::to_string(i * 7'919) + "}";
    EXPECT_EQ(seen(deflated(json, -15), "deflate"), (Seen{Kind::kJson, json, ""})) << i;
    EXPECT_EQ(seen(brotli(json), "br"), (Seen{Kind::kJson, json, ""})) << i;
  }
}

TEST(Unpack, LeavesWhatItDoesNotKnow) {
  EXPECT_EQ(seen(""), (Seen{Kind::kOther, "", ""}));
  EXPECT_EQ(seen(" \n"), (Seen{Kind::kOther, "", ""}));
  EXPECT_EQ(seen("idsite=1&rec=1"), (Seen{Kind::kForm, "idsite=1&rec=1", ""}));
  EXPECT_EQ(seen("data=words&a=1"), (Seen{Kind::kForm, "data=words&a=1", ""}));
  EXPECT_EQ(seen("justaword"), (Seen{Kind::kOther, "justaword", ""}));
  EXPECT_EQ(seen("\"text\""), (Seen{Kind::kOther, "\"text\"", ""}));
  EXPECT_EQ(seen("x^=1&b=2"), (Seen{Kind::kOther, "x^=1&b=2", ""}));  // 'x^' begins zlib as well
  EXPECT_EQ(seen(base64("just some words")), (Seen{Kind::kOther, base64("just some words"), ""}));
}

TEST(Unpack, RefusesWhatIsBroken) {
  const std::string whole = gzip(kJson);
  for (std::size_t size = 3; size < whole.size(); ++size)
    EXPECT_EQ(seen(whole.substr(0, size)).reason, "bad_compression") << size;
  EXPECT_EQ(seen(whole + "x").reason, "bad_compression");
  std::string flipped = whole;
  flipped[flipped.size() - 6] ^= 1;  // in the checksum
  EXPECT_EQ(seen(flipped).reason, "bad_compression");
  const std::string frame = zstd(kJson);
  for (std::size_t size = 4; size < frame.size(); ++size)
    EXPECT_EQ(seen(frame.substr(0, size)).reason, "bad_compression") << size;
}

TEST(Unpack, TakesSeveralPartsOneAfterTheOther) {
  const Seen json{Kind::kJson, kJson, ""};
  const std::string front = kJson.substr(0, 10);
  const std::string back = kJson.substr(10);
  EXPECT_EQ(seen(gzip(front) + gzip(back)), json);
  EXPECT_EQ(seen(zstd(front) + zstd(back)), json);
}

TEST(Unpack, RefusesBombs) {
  const std::string zeros(16 << 20, '0');
  for (const std::string& bomb :
       {gzip(zeros), zstd(zeros), deflated(zeros, 15), base64(gzip(zeros)), gzip(gzip(zeros))})
    EXPECT_EQ(seen(bomb).reason, "body_bomb");
  EXPECT_EQ(seen(brotli(zeros), "br").reason, "body_bomb");
  EXPECT_EQ(seen(deflated(zeros, -15), "deflate").reason, "body_bomb");
  // At the bound, and one past it.
  const UnpackLimits limits{.bytes_max = 1'000};
  EXPECT_EQ(seen(gzip(std::string(1'000, '[')), "", limits).text.size(), 1'000U);
  EXPECT_EQ(seen(zstd(std::string(1'000, '[')), "", limits).text.size(), 1'000U);
  EXPECT_EQ(seen(gzip(std::string(1'001, '[')), "", limits).reason, "body_bomb");
  EXPECT_EQ(seen(zstd(std::string(1'001, '[')), "", limits).reason, "body_bomb");
  // What grows too much, although it would fit.
  std::string numbers = "[";
  for (int i = 0; i < 50'000; ++i) numbers += std::to_string(i) + ",";
  const std::string grown = gzip(numbers);
  EXPECT_EQ(seen(grown).kind, Kind::kJson);
  EXPECT_EQ(seen(grown, "", {.ratio_max = 2}).reason, "body_bomb");
}

TEST(Unpack, RefusesToGoDeep) {
  EXPECT_EQ(seen(gzip(gzip(gzip(kJson)))).reason, "nested_too_deep");
  EXPECT_EQ(seen(base64(base64(gzip(gzip(kJson))))).kind, Kind::kOther);
  EXPECT_EQ(seen("data=" + percent(base64(gzip(gzip(kJson))))).reason, "nested_too_deep");
}

TEST(Base64Decoded, TakesBothAlphabetsAndNoOther) {
  EXPECT_EQ(base64_decoded(""), "");
  EXPECT_EQ(base64_decoded("TQ=="), "M");
  EXPECT_EQ(base64_decoded("TQ"), "M");
  EXPECT_EQ(base64_decoded("TWE="), "Ma");
  EXPECT_EQ(base64_decoded("TWFu"), "Man");
  EXPECT_EQ(base64_decoded("TW\r\nFu\n"), "Man");
  EXPECT_EQ(base64_decoded("-_+/"), base64_decoded("+/-_"));
  for (const std::string_view wrong : {"T", "T===", "TQ=x", "TW.u", "TWFuT", "=TQ"})
    EXPECT_EQ(base64_decoded(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace millrace::http
