#include "engine/event/json_projector.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace millrace {
namespace {

using testing::ElementsAre;

struct Read {
  Arena arena;
  std::unique_ptr<JsonProjector> projector;
  bool ok = false;

  std::span<const Value> values() const { return projector->top().values; }
  Value value() const { return values()[0]; }
};

// Reads `paths` out of `text`, which ends where readable memory does, for a sanitizer to see.
Read read(std::string_view text,
          std::initializer_list<std::string_view> paths,
          JsonRead how = JsonRead::kPlain,
          JsonBounds bounds = {}) {
  std::vector<JsonField> fields;
  for (const auto path : paths) fields.push_back({parse_path(path).value(), how});
  Read made;
  made.projector = std::make_unique<JsonProjector>(std::move(fields), "batch", bounds);
  const auto copy = made.arena.copy(text);
  made.ok = made.projector->read(copy, made.arena);
  return made;
}

std::string string_at_a(std::string_view text) {
  const auto made = read(text, {"a"});
  return made.ok ? std::string(made.value().text()) : std::string(made.projector->fault().reason);
}

TEST(JsonProjector, ReadsEveryKindOfValue) {
  const auto made = read(
      R"({"s":"text","n":-12.5,"t":true,"f":false,"z":null,"o":{"x":1},"l":[1],"deep":{"er":[{"k":7}]}})",
      {"s", "n", "t", "f", "z", "o", "l", "deep.er[0].k", "absent", "s.below", "o.x"});
  ASSERT_TRUE(made.ok);
  EXPECT_THAT(made.values(),
              ElementsAre(Value::of(std::string_view("text")),
                          Value::of(-12.5),
                          Value::of(true),
                          Value::of(false),
                          Value::null(),
                          Value::other(),
                          Value::other(),
                          Value::of(7.0),
                          Value(),
                          Value(),
                          Value::of(1.0)));
}

TEST(JsonProjector, PointsIntoTheBodyWhereAStringHasNoEscapes) {
  const std::string body = R"({"plain":"as it is","escaped":"a\tb"})";
  JsonProjector projector({{*parse_path("plain")}, {*parse_path("escaped")}}, "");
  Arena arena;
  ASSERT_TRUE(projector.read(body, arena));
  EXPECT_EQ(projector.top().values[0].text().data(), body.data() + body.find("as it is"));
  EXPECT_EQ(projector.top().values[1].text(), "a\tb");
}

TEST(JsonProjector, ReadsListItemsByIndex) {
  const auto made =
      read(R"({"l":[[1,2],{"p":3},[],"x"]})", {"l[0][1]", "l[1].p", "l[2][0]", "l[3]", "l[4]"});
  ASSERT_TRUE(made.ok);
  EXPECT_THAT(
      made.values(),
      ElementsAre(
          Value::of(2.0), Value::of(3.0), Value(), Value::of(std::string_view("x")), Value()));
}

struct DuplicateCase {
  std::string_view text;
  Value a;
  Value a_b;
  Value a_c;
};

TEST(JsonProjector, LetsTheLastOfTwoEqualKeysCount) {
  const DuplicateCase cases[] = {
      {R"({"a":1,"a":2})", Value::of(2.0), {}, {}},
      {R"({"a":{"b":1},"a":{"c":2}})", Value::other(), {}, Value::of(2.0)},
      {R"({"a":{"b":1},"a":5})", Value::of(5.0), {}, {}},
      {R"({"a":5,"a":{"b":1}})", Value::other(), Value::of(1.0), {}},
      {R"({"a":{"b":1,"b":null}})", Value::other(), Value::null(), {}},
      {R"({"a":1,"\u0061":2})", Value::of(2.0), {}, {}},
      {R"({"a":{"b":1},"batch":[{"a":{"b":9}}],"a":{"c":2}})", Value::other(), {}, Value::of(2.0)},
  };
  for (const auto& [text, a, b, c] : cases) {
    const auto made = read(text, {"a", "a.b", "a.c"});
    ASSERT_TRUE(made.ok) << text;
    EXPECT_THAT(made.values(), ElementsAre(a, b, c)) << text;
  }
}

TEST(JsonProjector, ReadsNumbersAsTheNearestDouble) {
  const std::pair<std::string_view, double> cases[] = {
      {"0", 0},
      {"-0", -0.0},
      {"0.1", 0.1},
      {"12.50", 12.5},
      {"1e3", 1000},
      {"1E+3", 1000},
      {"25e-1", 2.5},
      {"9007199254740993", 9007199254740992.0},
      {"123456789012345678901234567890", 123456789012345678901234567890.0},
      {"0.30000000000000004", 0.30000000000000004},
      {"2.2250738585072014e-308", 2.2250738585072014e-308},
      {"5e-324", 5e-324},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"1e-400", 0},
      {"-1e-99999999999999999999", -0.0},
      {"0.01e-9223372036854775808", 0},
      {"0e99999999999999999999", 0},
      {"0.0000000000000000000000001", 1e-25},
  };
  for (const auto& [text, number] : cases) {
    const auto made = read("{\"a\":" + std::string(text) + "}", {"a"});
    ASSERT_TRUE(made.ok) << text;
    EXPECT_EQ(made.value().number(), number) << text;
    EXPECT_EQ(std::signbit(made.value().number()), std::signbit(number)) << text;
  }
}

TEST(JsonProjector, RejectsANumberBeyondTheDoublesWhetherReadOrNot) {
  for (const std::string_view number :
       {"1e400", "-1e400", "1e99999999999999999999", "1e9223372036854775807"})
    for (const std::string_view key : {"a", "b"}) {
      const auto made = read("{\"" + std::string(key) + "\": " + std::string(number) + "}", {"a"});
      ASSERT_FALSE(made.ok) << number;
      EXPECT_EQ(made.projector->fault().reason, "number_out_of_range");
      EXPECT_EQ(made.projector->fault().offset, 6u);
    }
  const std::string digits(400, '9');
  EXPECT_FALSE(read("{\"a\":" + digits + "}", {"b"}).ok);
  EXPECT_FALSE(read("{\"a\":" + digits + "e-5}", {"b"}).ok);
  EXPECT_TRUE(read("{\"a\":" + digits + "e-100}", {"b"}).ok);
  EXPECT_TRUE(read("{\"a\":0." + std::string(400, '0') + "1}", {"b"}).ok);
  EXPECT_TRUE(read("{\"a\":0." + std::string(400, '0') + "1e50}", {"b"}).ok);
}

TEST(JsonProjector, GivesTheSourceTextOfANumberWhereAsked) {
  EXPECT_EQ(read(R"({"a":12345678901234567890 })", {"a"}, JsonRead::kText).value().text(),
            "12345678901234567890");
  EXPECT_EQ(read(R"({"a":"s"})", {"a"}, JsonRead::kText).value().text(), "s");
  EXPECT_EQ(read(R"({"a":true})", {"a"}, JsonRead::kText).value(), Value::of(true));
}

TEST(JsonProjector, ReadsTimesFromTextAndFromNumbers) {
  const Value time = Value::of(*parse_time("2026-11-21T20:54:37.695Z"));
  const std::pair<std::string_view, Value> cases[] = {
      {R"("2026-11-21T20:54:37.695Z")", time},
      {R"("2026-11-21T21:54:37.695+01:00")", time},
      {"1795294477695", time},
      {"1795294477.695", time},
      {R"("yesterday")", {}},
      {"true", {}},
      {"1e300", {}},
      {"{}", {}},
  };
  for (const auto& [text, value] : cases)
    EXPECT_EQ(read("{\"a\":" + std::string(text) + "}", {"a"}, JsonRead::kTime).value(), value)
        << text;
}

TEST(JsonProjector, DecodesEscapes) {
  EXPECT_EQ(string_at_a(R"({"a":"\"\\\/\b\f\n\r\t"})"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(string_at_a(R"({"a":"\u00e9 \u20AC \ud83d\ude00"})"), "é € 😀");
  EXPECT_EQ(string_at_a(R"({"x":"\\","a":"plain","y":"\""})"), "plain");
  EXPECT_EQ(string_at_a(R"({"a":"nul \u0000 inside"})"), std::string("nul \0 inside", 12));
  EXPECT_EQ(string_at_a(R"({"\u0061":"key"})"), "key");
}

TEST(JsonProjector, ReplacesLoneSurrogates) {
  EXPECT_EQ(string_at_a(R"({"a":"cut \ud83d"})"), "cut \uFFFD");
  EXPECT_EQ(string_at_a(R"({"a":"\ude00!"})"), "\uFFFD!");
  EXPECT_EQ(string_at_a(R"({"a":"\ud83d\ud83d\ude00"})"), "\uFFFD😀");
  EXPECT_EQ(string_at_a(R"({"a":"\ud83d\u0041"})"), "\uFFFDA");
  EXPECT_EQ(string_at_a(R"({"a":"\ud83d\n"})"), "\uFFFD\n");
}

struct FaultCase {
  std::string text;
  std::string_view reason;
  std::size_t offset;
};

TEST(JsonProjector, RejectsAFaultAnywhereWithItsPlace) {
  const FaultCase cases[] = {
      {"", "empty_body", 0},
      {" \n\t ", "empty_body", 4},
      {"\xEF\xBB\xBF", "empty_body", 3},
      {R"({"a":1,"b":zzz})", "malformed_json", 11},
      {R"({"a":1,"b":[1,2})", "malformed_json", 15},
      {R"({"a":1} x)", "malformed_json", 8},
      {R"({"a":1}{"a":2})", "malformed_json", 7},
      {R"({"a":1}])", "malformed_json", 7},
      {R"({"a":1)", "malformed_json", 6},
      {R"({"a":1,})", "malformed_json", 7},
      {R"({"a":1,,"b":2})", "malformed_json", 7},
      {R"({"a" 1})", "malformed_json", 5},
      {R"({"a":})", "malformed_json", 5},
      {R"({a:1})", "malformed_json", 1},
      {R"({"a":'x'})", "malformed_json", 5},
      {R"({"a":01})", "malformed_json", 6},
      {R"({"a":1.})", "malformed_json", 7},
      {R"({"a":.5})", "malformed_json", 5},
      {R"({"a":-})", "malformed_json", 6},
      {R"({"a":1e})", "malformed_json", 7},
      {R"({"a":truex})", "malformed_json", 9},
      {R"({"a":nul})", "malformed_json", 8},
      {R"({"a":"open)", "malformed_json", 10},
      {R"({"a":"\x"})", "malformed_json", 7},
      {R"({"a":"\u12g4"})", "malformed_json", 10},
      {R"({"b":"\x"})", "malformed_json", 7},
      {R"({"\x":1})", "malformed_json", 3},
      {"{\"a\":\"new\nline\"}", "malformed_json", 9},
      {std::string("{\"a\":\"\0\"}", 9), "malformed_json", 6},
      {std::string("{\"a\":1}\0", 8), "malformed_json", 7},
      {std::string("{\"a\":\0}", 7), "malformed_json", 5},
      {"{\"a\":\"\xFF\"}", "invalid_utf8", 6},
      {"{\"b\":\"\xED\xA0\x80\"}", "invalid_utf8", 6},
      {"{\"b\":\"\xC0\x80\"}", "invalid_utf8", 6},
      {"\xFF\xFE{", "invalid_utf8", 0},
      {"\xEF\xBB\xBF{\"a\":x}", "malformed_json", 8},
  };
  for (const auto& [text, reason, offset] : cases) {
    const auto made = read(text, {"a"});
    ASSERT_FALSE(made.ok) << text;
    EXPECT_EQ(made.projector->fault().reason, reason) << text;
    EXPECT_EQ(made.projector->fault().offset, offset) << text;
  }
}

TEST(JsonProjector, SkipsAByteOrderMark) {
  const auto made = read("\xEF\xBB\xBF{\"a\":1,\"batch\":[{}]}", {"a"});
  ASSERT_TRUE(made.ok);
  EXPECT_EQ(made.value(), Value::of(1.0));
  EXPECT_EQ(made.projector->top().offset, 3u);
  EXPECT_EQ(made.projector->rows()[0].offset, 19u);
}

TEST(JsonProjector, AcceptsDocumentsThatAreNoObjectAndReadsNothing) {
  for (const std::string_view text : {"1", "\"a\"", " null ", "true", "[]", "[{\"a\":1}]"}) {
    const auto made = read(text, {"a"});
    ASSERT_TRUE(made.ok) << text;
    EXPECT_FALSE(made.projector->top().is_object) << text;
    EXPECT_THAT(made.values(), ElementsAre(Value())) << text;
  }
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(JsonProjector, BoundsTheDepth) {
  EXPECT_TRUE(read(nested(64, "[", "]"), {"a"}).ok);
  EXPECT_EQ(read(nested(65, "[", "]"), {"a"}).projector->fault().reason, "too_deep");
  EXPECT_EQ(read(std::string(500'000, '['), {"a"}).projector->fault().reason, "too_deep");
  EXPECT_TRUE(read("{\"x\":" + nested(63, "[", "]") + "}", {"a"}).ok);
  const auto objects = [](std::size_t n) { return "{\"a\":" + nested(n, "{\"a\":[", "]}") + "}"; };
  EXPECT_TRUE(read(objects(31), {"a.a[0].a"}).ok);
  const auto deep = read(objects(32), {"a.a[0].a"});
  EXPECT_EQ(deep.projector->fault().reason, "too_deep");
  EXPECT_EQ(deep.projector->fault().offset, 5u + 31u * 6u + 5u);
  EXPECT_FALSE(read(R"({"a":[1]})", {"a"}, JsonRead::kPlain, {.depth = 1}).ok);
}

TEST(JsonProjector, BoundsTheSize) {
  const std::string text = R"({"a":"0123456789"})";
  EXPECT_TRUE(read(text, {"a"}, JsonRead::kPlain, {.body = text.size()}).ok);
  const auto made = read(text, {"a"}, JsonRead::kPlain, {.body = text.size() - 1});
  EXPECT_EQ(made.projector->fault().reason, "body_too_large");
}

TEST(JsonProjector, ReadsEveryItemOfTheRowsKey) {
  const std::string text = R"({"a":0,"batch":[ {"a":1} , {"b":2}, 5, {"a":3}],"b":9})";
  const auto made = read(text, {"a", "b"});
  ASSERT_TRUE(made.ok);
  ASSERT_TRUE(made.projector->has_rows());
  const auto rows = made.projector->rows();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0].values, ElementsAre(Value::of(1.0), Value()));
  EXPECT_THAT(rows[1].values, ElementsAre(Value(), Value::of(2.0)));
  EXPECT_FALSE(rows[2].is_object);
  EXPECT_THAT(rows[3].values, ElementsAre(Value::of(3.0), Value()));
  EXPECT_EQ(text.substr(rows[0].offset, rows[0].size), R"({"a":1})");
  EXPECT_EQ(text.substr(rows[2].offset, rows[2].size), "5");
  EXPECT_THAT(made.values(), ElementsAre(Value::of(0.0), Value::of(9.0)));
}

TEST(JsonProjector, TakesTheLastRowsKeyAndOnlyAtTheTop) {
  EXPECT_EQ(read(R"({"batch":[{},{}],"batch":[{}]})", {"a"}).projector->rows().size(), 1u);
  EXPECT_FALSE(read(R"({"batch":[{},{}],"batch":{}})", {"a"}).projector->has_rows());
  EXPECT_FALSE(read(R"({"a":{"batch":[{}]}})", {"a.b"}).projector->has_rows());
  EXPECT_EQ(read(R"({"batch":[{"batch":[{},{}]}]})", {"a"}).projector->rows().size(), 1u);
}

TEST(JsonProjector, BoundsTheRows) {
  const JsonBounds two{.rows = 2};
  EXPECT_TRUE(read(R"({"batch":[{},{}]})", {"a"}, JsonRead::kPlain, two).ok);
  const auto made = read(R"({"batch":[{},{},{}]})", {"a"}, JsonRead::kPlain, two);
  ASSERT_FALSE(made.ok);
  EXPECT_EQ(made.projector->fault().reason, "too_many_events");
  EXPECT_EQ(made.projector->fault().offset, 16u);
}

TEST(JsonProjector, ForgetsTheDocumentBefore) {
  JsonProjector projector({{*parse_path("a")}}, "batch");
  Arena arena;
  ASSERT_TRUE(projector.read(R"({"a":1,"batch":[{"a":2}]})", arena));
  ASSERT_FALSE(projector.read(R"({"a":1,"batch":[{"a":2})", arena));
  ASSERT_TRUE(projector.read(R"({"b":1})", arena));
  EXPECT_FALSE(projector.has_rows());
  EXPECT_TRUE(projector.rows().empty());
  EXPECT_THAT(projector.top().values, ElementsAre(Value()));
}

}  // namespace
}  // namespace millrace
