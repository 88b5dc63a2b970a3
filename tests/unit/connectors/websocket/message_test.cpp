#include "connectors/websocket/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::websocket {
namespace {

class MessageDecoderTest : public ::testing::Test {
 protected:
  bool decode(std::string text) {
    text_ = std::move(text);
    return decoder_.decode(text_, message_);
  }

  MessageDecoder decoder_{{.message_max = 4096, .event_max = 64, .events_max = 4, .id_max = 8}};
  std::string text_;
  Message message_;
};

TEST_F(MessageDecoderTest, ReadsAHello) {
  ASSERT_TRUE(decode(R"({"type":"hello","key":"wk\u005f1","source":"shop","resume":"abc"})"));
  EXPECT_EQ(message_.kind, Message::Kind::kHello);
  EXPECT_EQ(message_.key, "wk_1");
  EXPECT_EQ(message_.source, "shop");
  EXPECT_EQ(message_.resume, "abc");
  ASSERT_TRUE(decode(R"({"type":"hello"})"));
  EXPECT_EQ(message_.key, "");
  EXPECT_FALSE(decode(R"({"type":"hello","key":7})"));
  EXPECT_EQ(decoder_.fault().reason, "bad_hello");
}

TEST_F(MessageDecoderTest, AnEventIsAMessageOfItsOwn) {
  ASSERT_TRUE(decode(R"({"type":"track","messageId":"m1","event":"x"})"));
  ASSERT_EQ(message_.events.size(), 1u);
  EXPECT_EQ(message_.events[0].id, "m1");
  EXPECT_EQ(message_.events[0].text, text_);
  EXPECT_EQ(message_.events[0].fault.reason, "");
}

TEST_F(MessageDecoderTest, ABatchHoldsEventsAndEachIsJudgedAlone) {
  ASSERT_TRUE(decode(R"({"batch":[{"type":"page","messageId":"a"}, 7 ,{"type":"page"},)"
                     R"({"type":"what","messageId":"d"}],"context":{"ip":"1"}})"));
  ASSERT_EQ(message_.events.size(), 4u);
  EXPECT_EQ(message_.events[0].fault.reason, "");
  EXPECT_EQ(message_.events[1].fault.reason, "not_an_event");
  EXPECT_EQ(message_.events[1].fault.offset, text_.find('7'));
  EXPECT_EQ(message_.events[2].fault.reason, "missing_message_id");
  EXPECT_EQ(message_.events[3].fault.reason, "unknown_type");
  EXPECT_EQ(message_.events[3].id, "d");
}

TEST_F(MessageDecoderTest, LimitsAreKept) {
  ASSERT_TRUE(decode(R"({"type":"page","messageId":"123456789"})"));
  EXPECT_EQ(message_.events[0].fault.reason, "message_id_too_long");
  ASSERT_TRUE(decode(R"({"type":"page","messageId":"a","x":")" + std::string(64, 'x') + "\"}"));
  EXPECT_EQ(message_.events[0].fault.reason, "event_too_large");
  EXPECT_FALSE(decode(R"({"batch":[1,2,3,4,5]})"));
  EXPECT_EQ(decoder_.fault().reason, "too_many_events");
}

TEST_F(MessageDecoderTest, WhatIsNotOfTheProtocolHasAReasonAndAPlace) {
  const auto reason = [&](std::string text) {
    EXPECT_FALSE(decode(std::move(text)));
    return std::string(decoder_.fault().reason);
  };
  EXPECT_EQ(reason(""), "empty_body");
  EXPECT_EQ(reason("[]"), "not_an_object");
  EXPECT_EQ(reason("7"), "not_an_object");
  EXPECT_EQ(reason(R"({"type":"goodbye"})"), "unknown_type");
  EXPECT_EQ(reason(R"({})"), "unknown_type");
  EXPECT_EQ(reason(R"({"batch":[]})"), "empty_batch");
  EXPECT_EQ(reason("{\"type\":\"page\xff\"}"), "invalid_utf8");
  EXPECT_EQ(reason(R"({"type":"page",})"), "malformed_json");
  EXPECT_EQ(decoder_.fault().offset, 15u);
}

TEST_F(MessageDecoderTest, WhatIsKeptOfABatchStaysInItsPlace) {
  ASSERT_TRUE(decode(R"({"a":1,"batch":[ {"type":"page","messageId":"a"} , 7,)"
                     R"({"type":"page","messageId":"c"} ],"sentAt":"t"})"));
  EXPECT_EQ(body_of(message_, {true, true, true}), text_);
  EXPECT_EQ(body_of(message_, {true, false, true}),
            R"({"a":1,"batch":[ {"type":"page","messageId":"a"},)"
            R"({"type":"page","messageId":"c"} ],"sentAt":"t"})");
  EXPECT_EQ(body_of(message_, {false, false, true}),
            R"({"a":1,"batch":[ {"type":"page","messageId":"c"} ],"sentAt":"t"})");
}

}  // namespace
}  // namespace millrace::websocket
