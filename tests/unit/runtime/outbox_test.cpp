// One outbox, led by hand: the test is the completing thread, the worker, the receiver and the
// clock.
#include "engine/runtime/outbox.hpp"

#include "engine/state/memory_store.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    options.sink = "hook";
    options.target = "https://a.example/";
    options.delivery.retry = {5s, 1min};
    options.delivery.failures = 2;
    options.store = &store;
    restart();
  }

  // As after a crash, from the newest checkpoint.
  void restart() {
    outbox = std::make_unique<Outbox>(options);
    ASSERT_TRUE(outbox->open(state).ok());
  }
  void checkpoint() {
    WriteSet changes;
    state = outbox->commit(changes);
    ASSERT_TRUE(store.write(changes).ok());
    outbox->committed();
  }
  void add(int number, ProfileId profile = 0) {
    Pending item;
    item.profile = profile == 0 ? static_cast<ProfileId>(number + 1) : profile;
    item.delivery.id = "id" + std::to_string(number);
    item.delivery.body = std::string(100, 'x');
    item.delivery.time = now;
    ASSERT_TRUE(outbox->add(std::move(item)).ok());
  }
  // The next that goes out, answered so; "" if none does.
  std::string deliver(const Answer& answer = Answer::delivered()) {
    EXPECT_TRUE(outbox->keep(now).ok());
    const Delivery* delivery = outbox->take(now);
    if (delivery == nullptr) return "";
    last = *delivery;
    outbox->settle(*delivery, answer, now);
    return last.id;
  }
  std::string deliver_all() {
    std::string ids;
    for (std::string id = deliver(); !id.empty(); id = deliver()) ids += id + " ";
    return ids;
  }
  std::size_t keys(char kind) {
    std::size_t count = 0;
    EXPECT_TRUE(store.scan(outbox_key("hook", kind), [&](auto, auto) { return ++count > 0; }).ok());
    return count;
  }

  MemoryStore store;
  OutboxOptions options;
  std::unique_ptr<Outbox> outbox;
  std::string state;
  Time now = kStart;
  Delivery last;
};

TEST_F(OutboxTest, DeliversInOrderAndForgets) {
  for (int i = 0; i < 3; ++i) add(i);
  EXPECT_EQ(deliver_all(), "id0 id1 id2 ");
  EXPECT_EQ(outbox->status().pending, 0U);
  EXPECT_EQ(outbox->status().pending_bytes, 0U);
  EXPECT_EQ(outbox->status().delivered, 3U);
}

TEST_F(OutboxTest, TriesAgainByItsScheduleThenGivesUp) {
  add(0);
  EXPECT_EQ(deliver(Answer::retry("500")), "id0");
  EXPECT_EQ(last.attempt, 1U);
  EXPECT_EQ(deliver(), "");
  const Time due = outbox->wake(now);
  EXPECT_GE(due, now + 1s);  // there is also something to write
  now += 4400ms;
  EXPECT_EQ(deliver(), "");
  now += 1100ms;  // five seconds and a tenth
  EXPECT_EQ(deliver(Answer::retry("500")), "id0");
  EXPECT_EQ(last.attempt, 2U);
  now += 66s;
  EXPECT_EQ(deliver(Answer::retry("still 500")), "id0");
  EXPECT_EQ(last.attempt, 3U);
  EXPECT_EQ(outbox->status().dead, 1U);
  EXPECT_EQ(outbox->status().pending, 0U);
  ASSERT_TRUE(outbox->keep(now, true).ok());
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(read_dead_letters(store, "hook", [&](const DeadLetter& letter) {
                letters.push_back(letter);
                return true;
              }).ok());
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].delivery.id, "id0");
  EXPECT_EQ(letters[0].reason, "still 500");
}

TEST_F(OutboxTest, AttemptsAreCountedOverRestarts) {
  add(0);
  checkpoint();
  EXPECT_EQ(deliver(Answer::retry("500")), "id0");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  restart();
  EXPECT_EQ(deliver(), "") << "it is not due yet";
  now += 6s;
  EXPECT_EQ(deliver(), "id0");
  EXPECT_EQ(last.attempt, 2U);
}

TEST_F(OutboxTest, SendsAgainOnlyWhatItMust) {
  for (int i = 0; i < 4; ++i) add(i);
  checkpoint();
  EXPECT_EQ(deliver(), "id0");
  EXPECT_EQ(deliver(), "id1");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  EXPECT_EQ(deliver(), "id2");  // that is not written down any more
  restart();
  EXPECT_EQ(outbox->status().pending, 2U);
  EXPECT_EQ(deliver_all(), "id2 id3 ");
}

TEST_F(OutboxTest, WhatNoCheckpointCoversIsMadeAgainAndNotSentAgain) {
  for (int i = 0; i < 3; ++i) add(i);
  EXPECT_EQ(deliver(), "id0");
  EXPECT_EQ(deliver(Answer::retry("later")), "id1");
  EXPECT_EQ(deliver(), "id2");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  for (int crash = 0; crash < 2; ++crash) {
    restart();
    now += 10s;
    for (int i = 0; i < 3; ++i) add(i);
    EXPECT_EQ(outbox->status().pending, 1U);
  }
  EXPECT_EQ(deliver_all(), "id1 ");
  checkpoint();
  ASSERT_TRUE(outbox->keep(now, true).ok());
  EXPECT_EQ(keys('h'), 0U) << "a checkpoint covers what the hashes were for";
  EXPECT_EQ(keys('e'), 0U);
}

TEST_F(OutboxTest, AChangedTopologyMakesOtherOutputsAndTheyAreSent) {
  for (int i = 0; i < 3; ++i) add(i);
  EXPECT_EQ(deliver_all(), "id0 id1 id2 ");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  restart();
  add(0);
  add(11);
  add(2);
  add(3);
  EXPECT_EQ(deliver_all(), "id11 id3 ");
}

TEST_F(OutboxTest, WhatIsDeliveredWhileTheCheckpointIsWrittenStaysDelivered) {
  add(0);
  WriteSet changes;
  state = outbox->commit(changes);
  EXPECT_EQ(deliver(), "id0");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  ASSERT_TRUE(store.write(changes).ok());
  outbox->committed();
  ASSERT_TRUE(outbox->keep(now, true).ok());
  restart();
  EXPECT_EQ(outbox->status().pending, 0U);
  EXPECT_EQ(deliver_all(), "");
  EXPECT_EQ(keys('e'), 0U);
}

TEST_F(OutboxTest, HoldsLittleInMemoryAndReadsTheRestBack) {
  options.box.memory = {1000};
  restart();
  for (int i = 0; i < 500; ++i) add(i);
  EXPECT_GT(keys('e'), 450U);
  EXPECT_EQ(outbox->status().pending, 500U);
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += "id" + std::to_string(i) + " ";
  EXPECT_EQ(deliver_all(), expected);
  ASSERT_TRUE(outbox->keep(now, true).ok());
  EXPECT_EQ(keys('e'), 0U);
}

TEST_F(OutboxTest, DropsTheOldestWhenFullAndCountsThem) {
  options.box.max = {1000};
  options.box.memory = {500};
  restart();
  for (int i = 0; i < 50; ++i) add(i);
  const OutboxStatus status = outbox->status();
  EXPECT_LE(status.pending_bytes, 1000U);
  EXPECT_EQ(status.pending + status.dropped, 50U);
  ASSERT_TRUE(outbox->keep(now, true).ok());
  const std::string ids = deliver_all();
  EXPECT_TRUE(ids.ends_with("id47 id48 id49 ")) << ids;
  EXPECT_EQ(outbox->status().delivered, status.pending);
  EXPECT_EQ(outbox->status().pending_bytes, 0U);
}

TEST_F(OutboxTest, WaitsForRoomWhenToldTo) {
  options.box.max = {400};
  options.box.full = Full::kBlock;
  restart();
  add(0);
  add(1);
  std::thread completing([this] { add(2); });
  std::string ids;
  while (ids != "id0 id1 id2 ") {
    if (const std::string id = deliver(); !id.empty()) ids += id + " ";
    std::this_thread::yield();
  }
  completing.join();
  EXPECT_EQ(outbox->status().dropped, 0U);
}

TEST_F(OutboxTest, StoppingEndsTheWaitForRoom) {
  options.box.max = {100};
  options.box.full = Full::kBlock;
  restart();
  std::thread completing([this] { add(0); });
  outbox->stop();
  completing.join();
  EXPECT_FALSE(outbox->wait(now));
}

TEST_F(OutboxTest, SparesAReceiverThatIsDown) {
  for (int i = 0; i < 4; ++i) add(i);
  EXPECT_EQ(deliver(Answer::down("refused")), "id0");
  EXPECT_EQ(deliver(Answer::down("refused")), "id1");
  EXPECT_TRUE(outbox->status().paused);
  EXPECT_EQ(deliver(), "") << "after two failures nothing goes out for a second";
  now += 1s;
  ASSERT_TRUE(outbox->keep(now).ok());
  const Delivery* probe = outbox->take(now);
  ASSERT_NE(probe, nullptr);
  EXPECT_EQ(outbox->take(now), nullptr) << "one tries whether it is back";
  outbox->settle(*probe, Answer::delivered(), now);
  EXPECT_FALSE(outbox->status().paused);
  now += 10s;
  deliver_all();
  EXPECT_EQ(outbox->status().delivered, 4U);
}

TEST_F(OutboxTest, WaitsAsLongAsTheReceiverAsks) {
  add(0);
  add(1);
  EXPECT_EQ(deliver(Answer::down("429", 90s)), "id0");
  now += 89s;
  EXPECT_EQ(deliver(), "") << "for all outputs";
  now += 1s;
  EXPECT_NE(deliver(), "");
  EXPECT_NE(deliver(), "");
}

TEST_F(OutboxTest, ADisabledSinkStaysSoUntilItGoesElsewhereOrIsEnabled) {
  add(0);
  checkpoint();
  EXPECT_EQ(deliver(Answer::disable("410 Gone")), "id0");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  restart();
  EXPECT_EQ(outbox->status().disabled, "410 Gone");
  EXPECT_EQ(deliver(), "");
  outbox->enable();
  EXPECT_EQ(deliver(Answer::disable("410 Gone")), "id0");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  options.target = "https://b.example/";
  restart();
  EXPECT_EQ(deliver(), "id0");
}

TEST_F(OutboxTest, KeepsNoMoreDeadLettersThanItMay) {
  options.box.dead_letters = 3;
  restart();
  for (int i = 0; i < 8; ++i) add(i);
  for (int i = 0; i < 8; ++i) EXPECT_NE(deliver(Answer::refuse("bad")), "");
  ASSERT_TRUE(outbox->keep(now, true).ok());
  EXPECT_EQ(keys('x'), 3U);
  EXPECT_EQ(outbox->status().dead, 8U);
}

TEST_F(OutboxTest, WorksWithoutAStore) {
  options.store = nullptr;
  options.box.memory = {1000};
  restart();
  for (int i = 0; i < 50; ++i) add(i);
  EXPECT_LE(outbox->status().pending_bytes, 1000U);
  EXPECT_TRUE(deliver_all().ends_with("id49 "));
}

}  // namespace
}  // namespace millrace
