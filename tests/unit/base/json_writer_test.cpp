#include "engine/base/json_writer.hpp"

#include "engine/base/random.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

namespace millrace {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  JsonWriter(out).value(text);
  return out;
}

TEST(JsonWriter, WritesNestedValuesOnOneLine) {
  std::string out;
  JsonWriter(out)
      .object()
      .key("id")
      .value(7)
      .key("tags")
      .array()
      .value("a")
      .value(true)
      .null()
      .array()
      .end()
      .end()
      .key("more")
      .object()
      .key("x")
      .value(-1.5)
      .end()
      .key("raw")
      .raw("[1,2]")
      .end();
  EXPECT_EQ(out, R"({"id":7,"tags":["a",true,null,[]],"more":{"x":-1.5},"raw":[1,2]})");
}

TEST(JsonWriter, IndentsWhenPretty) {
  std::string out;
  JsonWriter(out, JsonWriter::Style::kPretty)
      .object()
      .key("a")
      .array()
      .value(1)
      .value(2)
      .end()
      .key("b")
      .object()
      .end()
      .end();
  EXPECT_EQ(out, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(JsonWriter, AppendsOneValueAfterAnother) {
  std::string out;
  JsonWriter json(out);
  json.object().key("n").value(1).end();
  out += '\n';
  json.object().key("n").value(2).end();
  EXPECT_EQ(out, "{\"n\":1}\n{\"n\":2}");
}

TEST(JsonWriter, EscapesWhatJsonForbids) {
  EXPECT_EQ(quoted("a\"b\\c\n\r\t\b\f\x01\x1f/"), R"("a\"b\\c\n\r\t\b\f\u0001\u001f/")");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(quoted("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x99\x82"),
            "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x99\x82\"");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(quoted("a\xFFz"), "\"a" + bad + "z\"");
  EXPECT_EQ(quoted("\xC3"), "\"" + bad + "\"");                                // cut short
  EXPECT_EQ(quoted("\xC0\xAF"), "\"" + bad + bad + "\"");                      // overlong
  EXPECT_EQ(quoted("\xED\xA0\x80"), "\"" + bad + bad + bad + "\"");            // surrogate
  EXPECT_EQ(quoted("\xF4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");  // past U+10FFFF
}

TEST(JsonWriter, WritesIntegersOfEveryWidth) {
  std::string out;
  JsonWriter(out)
      .array()
      .value(std::numeric_limits<std::int64_t>::min())
      .value(std::numeric_limits<std::uint64_t>::max())
      .value(std::int8_t{-5})
      .value(std::uint8_t{200})
      .end();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,-5,200]");
}

TEST(JsonWriter, WritesNullForWhatIsNoNumber) {
  std::string out;
  JsonWriter(out).array().value(std::nan("")).value(INFINITY).value(-INFINITY).value(0.1).end();
  EXPECT_EQ(out, "[null,null,null,0.1]");
}

TEST(JsonWriter, EveryDoubleReadsBackAsItself) {
  Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random.next();
    double number = 0;
    static_assert(sizeof(bits) == sizeof(number));
    std::memcpy(&number, &bits, sizeof(number));
    if (!std::isfinite(number)) continue;
    std::string out;
    JsonWriter(out).value(number);
    double back = 0;
    std::from_chars(out.data(), out.data() + out.size(), back);
    EXPECT_EQ(back, number) << out;
  }
}

TEST(JsonWriterDeathTest, DiesOfAValueWithoutItsKey) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out).object().value(1), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).key("a"), "broken invariant");
  EXPECT_DEATH(JsonWriter(out).end(), "broken invariant");
}

// Words of several lengths at a time, or one character: nobody can tell. In memory of just the size
// that is promised, so that a sanitizer sees what reaches past it.
TEST(WriteJsonString, GivesWhatItsCharactersGive) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t size = random.below(50);
    const double rare = random.chance(0.5) ? 0.02 : 0.3;
    const auto text = std::make_unique<char[]>(size);
    std::string expected = "\"";
    for (std::size_t at = 0; at < size; ++at) {
      text[at] =
          static_cast<char>(random.chance(rare) ? random.below(128) : 'a' + random.below(26));
      const std::string one = quoted({&text[at], 1});
      expected += one.substr(1, one.size() - 2);
    }
    expected += '"';
    const auto out = std::make_unique<char[]>(json_string_max(size));
    const char* const end = write_json_string(out.get(), {text.get(), size});
    ASSERT_EQ(std::string(out.get(), static_cast<std::size_t>(end - out.get())), expected);
    ASSERT_EQ(quoted({text.get(), size}), expected);
  }
}

}  // namespace
}  // namespace millrace
