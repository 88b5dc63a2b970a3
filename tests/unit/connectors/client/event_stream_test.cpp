// Server-sent events, however their bytes are cut.
#include "connectors/client/event_stream.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::client {
namespace {

std::vector<std::string> events(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> got;
  EventStream stream([&](const ServerEvent& event) {
    got.push_back(event.type + "|" + event.id + "|" + event.data);
  });
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    EXPECT_TRUE(stream.feed(bytes.substr(at, piece)));
  return got;
}

TEST(EventStream, IsTheSameHoweverItsBytesAreCut) {
  constexpr std::string_view kBytes =
      ": hello\n\nid: 7\nevent: enter\ndata: {\"a\":1}\n\n"
      "data:one\r\ndata: two\r\n\r\nid\rdata: last\r\revent: nothing\n\ndata: not ended";
  const std::vector<std::string> expected = {
      "enter|7|{\"a\":1}", "message|7|one\ntwo", "message||last"};
  for (std::size_t piece = 1; piece < kBytes.size(); ++piece)
    EXPECT_EQ(events(kBytes, piece), expected) << piece;
}

TEST(EventStream, RefusesALineWithoutEnd) {
  EventStream stream([](const ServerEvent&) {});
  const std::string part(1 << 20, 'x');
  int taken = 0;
  while (stream.feed(part) && taken < 100) ++taken;
  EXPECT_LT(taken, 100);
}

}  // namespace
}  // namespace millrace::client
