#include "connectors/protocols/mapping.hpp"

#include <gtest/gtest.h>

namespace millrace::protocols {
namespace {

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
  std::string made;
  event.write(made);
  return made;
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

TEST(FieldTable, HoldsTheFieldsBehindAPrefix) {
  constexpr FieldMapping kFields[] = {{"id", Into::kEvent}, {"device.id", Into::kDevice, "id"}};
  const FieldTable device(kFields, "device.");
  ASSERT_NE(device.find("id"), nullptr);
  EXPECT_EQ(device.find("id")->into, Into::kDevice);
  EXPECT_EQ(FieldTable(kFields).find("id")->into, Into::kEvent);
}

}  // namespace
}  // namespace millrace::protocols
