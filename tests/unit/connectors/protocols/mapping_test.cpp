#include "connectors/protocols/mapping.hpp"

#include <gtest/gtest.h>

namespace millrace::protocols {
namespace {

std::string written(const SpecEvent& event) {
  TextBuffer made;
  event.write(made);
  return std::string(made.view());
}

std::string put(As as, Into into, std::string_view key, std::string_view json) {
  Arena arena;
  JsonTree tree({});
  JsonTree inner({});
  const std::string text = "[" + std::string(json) + "]";
  EXPECT_TRUE(tree.read(text, arena));
  SpecEvent event;
  event.clear();
  const FieldMapping field{key, into, {}, as};
  Reader(arena, inner).put(event, field, *tree.root().begin());
  return written(event);
}

TEST(Reader, TakesASizeApart) {
  const auto size = [](std::string_view json) { return put(As::kSize, Into::kScreen, "s", json); };
  EXPECT_EQ(size(R"("1280x720")"), R"({"context":{"screen":{"width":1280,"height":720}}})");
  EXPECT_EQ(size(R"("wide")"), R"({"context":{"screen":{"s":"wide"}}})");
  EXPECT_EQ(size(R"("1280x")"), R"({"context":{"screen":{"s":"1280x"}}})");
  EXPECT_EQ(size("7"), R"({"context":{"screen":{"s":7}}})");
}

TEST(Reader, MakesMillisecondsOfMicroseconds) {
  const auto time = [](std::string_view json) { return put(As::kMicros, Into::kEvent, "t", json); };
  EXPECT_EQ(time("1795336806758123"), R"({"t":1795336806758})");
  EXPECT_EQ(time(R"("1795336806758123")"), R"({"t":1795336806758})");
  EXPECT_EQ(time(R"("yesterday")"), R"({"t":"yesterday"})");
  EXPECT_EQ(time("-1e3"), R"({"t":"-1e3"})");
  EXPECT_EQ(time("[]"), R"({"t":[]})");
  EXPECT_EQ(time("null"), "{}");
}

TEST(Reader, LeavesATextThatNothingChangesAsItWasWritten) {
  for (const As as : {As::kIs, As::kText, As::kNumber, As::kGuess, As::kJson, As::kSize})
    EXPECT_EQ(put(as, Into::kProperties, "a", R"("x\ny \u00e4")"),
              as == As::kJson || as == As::kSize ? "{\"properties\":{\"a\":\"x\\ny \xc3\xa4\"}}"
                                                 : R"({"properties":{"a":"x\ny \u00e4"}})");
  EXPECT_EQ(put(As::kNumber, Into::kProperties, "a", R"("\u0031\u0032")"),
            R"({"properties":{"a":12}})");
  EXPECT_EQ(put(As::kGuess, Into::kProperties, "a", R"("true")"), R"({"properties":{"a":true}})");
  EXPECT_EQ(put(As::kText, Into::kEvent, "a", "7"), R"({"a":"7"})");
}

TEST(SpecEvent, WritesMembersUnderTheirOwnNames) {
  Arena arena;
  JsonTree tree({});
  ASSERT_TRUE(tree.read(R"({"a" : [1, 2],"\u0062\"":"x","c":null})", arena));
  SpecEvent event;
  event.clear();
  for (const JsonNode member : tree.root()) event.member(Into::kProperties, member);
  event.member(Into::kProperties, JsonNode());
  EXPECT_EQ(written(event), R"({"properties":{"a" : [1, 2],"b\"":"x","c":null}})");
}

TEST(SpecEvent, EscapesNamesThatAreNotItsOwn) {
  SpecEvent event;
  event.clear();
  const std::string said = "a\"\n";
  event.text(Into::kEvent, std::string_view(said), "x");
  event.json(Into::kEvent, std::string_view("plain"), "1");
  event.json(Into::kEvent, "of a program"_key, "2");
  EXPECT_EQ(written(event), R"({"a\"\n":"x","plain":1,"of a program":2})");
}

TEST(IsPlainNumber, SaysWhatJsonReadsAsAPersonDoes) {
  for (const auto text : {"0", "7", "-7", "10", "0.5", "-0.25", "1.50", "123456789012345"})
    EXPECT_TRUE(is_plain_number(text)) << text;
  for (const auto text : {"",
                          "-",
                          ".",
                          ".5",
                          "5.",
                          "-.5",
                          "1.2.3",
                          "007",
                          "-01",
                          "1e9",
                          "+1",
                          " 1",
                          "1 ",
                          "0x1",
                          "1,5",
                          "1234567890123456",
                          "12345678.12345678",
                          "--1"})
    EXPECT_FALSE(is_plain_number(text)) << text;
}

TEST(SpecEvent, GoesOnFromAMark) {
  SpecEvent event;
  event.clear();
  event.text(Into::kEvent, "userId"_key, "u");
  event.text(Into::kPage, "title"_key, "T");
  const SpecEvent::Mark mark = event.mark();
  event.text(Into::kEvent, "type"_key, "page");
  event.text(Into::kProperties, "a"_key, "1");
  EXPECT_EQ(
      written(event),
      R"({"userId":"u","type":"page","properties":{"a":"1"},"context":{"page":{"title":"T"}}})");
  event.rewind(mark);
  EXPECT_EQ(written(event), R"({"userId":"u","context":{"page":{"title":"T"}}})");
  event.text(Into::kEvent, "type"_key, "track");
  event.text(Into::kPage, "path"_key, "/");
  EXPECT_EQ(written(event),
            R"({"userId":"u","type":"track","context":{"page":{"title":"T","path":"/"}}})");
}

TEST(Products, TakeWhatWasBoughtUnderOurNames) {
  constexpr FieldMapping kItems[] = {{"id", Into::kProperties, "product_id", As::kText},
                                     {"price", Into::kProperties, {}, As::kNumber}};
  const FieldTable table(kItems);
  Arena arena;
  JsonTree tree({});
  ASSERT_TRUE(tree.read(R"([{"id":7,"price":"1.5","x":{"y":1}},{},"odd"])", arena));
  TextBuffer scratch;
  Products products(scratch);
  for (const JsonNode item : tree.root()) products.add(item, table);
  EXPECT_EQ(products.finish(arena), R"([{"product_id":"7","price":1.5,"x":{"y":1}},{},"odd"])");
  EXPECT_EQ(Products(scratch).finish(arena), "[]");
}

TEST(Parameters, AreDecodedWhereTheyAreEncoded) {
  Arena arena;
  std::vector<Parameter> said;
  const std::string query = "a=1&&b%20=x+y&c&d=e=f&%zz=%41";
  add_parameters(query, arena, said);
  EXPECT_EQ(
      said,
      (std::vector<Parameter>{{"a", "1"}, {"b ", "x y"}, {"c", ""}, {"d", "e=f"}, {"%zz", "A"}}));
}

TEST(FieldTable, PutsValuesUnderNamesAndOfSizesOfAnyKind) {
  const std::string name(40, 'n');
  const FieldMapping fields[] = {{"short", Into::kProperties, "s"},
                                 {"long", Into::kProperties, std::string_view(name)},
                                 {"escaped", Into::kProperties, std::string_view("a\"b")},
                                 {"number", Into::kProperties, "n", As::kNumber}};
  const FieldTable table(fields);
  Arena arena;
  JsonTree inner({});
  const Reader reader(arena, inner);
  for (const std::size_t size : {0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 63, 64, 65, 2000}) {
    const std::string value(size, 'v');
    SpecEvent event;
    event.clear();
    for (const auto* const theirs : {"short", "long", "escaped", "number"})
      reader.put(event, *table.find(theirs), value);
    EXPECT_EQ(written(event),
              R"({"properties":{"s":")" + value + R"(",")" + name + R"(":")" + value +
                  R"(","a\"b":")" + value + R"(","n":")" + value + R"("}})");
    JsonTree tree({});
    const std::string object = R"({"short":")" + value + R"(","long":[],"escaped":1,"number":"7"})";
    ASSERT_TRUE(tree.read(object, arena));
    event.clear();
    table.put_all(tree.root(), Into::kTraits, reader, event);
    EXPECT_EQ(written(event),
              R"({"properties":{"s":")" + value + R"(",")" + name + R"(":[],"a\"b":1,"n":7}})");
  }
}

TEST(FieldTable, HoldsTheFieldsBehindAPrefix) {
  constexpr FieldMapping kFields[] = {{"id", Into::kEvent}, {"device.id", Into::kDevice, "id"}};
  const FieldTable device(kFields, "device.");
  ASSERT_NE(device.find("id"), nullptr);
  EXPECT_EQ(device.find("id")->into, Into::kDevice);
  EXPECT_EQ(FieldTable(kFields).find("id")->into, Into::kEvent);
}

}  // namespace
}  // namespace millrace::protocols
