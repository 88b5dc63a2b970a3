// Sinks that deliver, with their threads, as a pipeline sees them.
#include "engine/runtime/sink_set.hpp"

#include "engine/metrics/exposition.hpp"
#include "engine/state/memory_store.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace millrace {
namespace {

// Answers nothing until it is let to, or told to stop.
struct Receiver {
  std::mutex mutex;
  std::condition_variable changed;
  bool answers = true;
  bool stopped = false;
  std::vector<std::string> received;
};

class ReceiverSink final : public DeliveringSink {
 public:
  explicit ReceiverSink(Receiver& receiver) : receiver_(receiver) {}
  Status open(const Catalog& /*catalog*/) override { return {}; }
  bool wants(const OutputRecord& output) const override { return output.effect != "unwanted"; }
  std::string encode(const OutputRecord& output) const override { return output.effect; }
  std::string target() const override { return "test"; }
  Answer deliver(const Delivery& delivery) override {
    std::unique_lock lock(receiver_.mutex);
    receiver_.changed.notify_all();
    receiver_.changed.wait(lock, [this] { return receiver_.answers || receiver_.stopped; });
    if (receiver_.stopped) return Answer::retry("stopped");
    receiver_.received.push_back(delivery.body);
    return Answer::delivered();
  }
  void stop() override {
    const std::lock_guard lock(receiver_.mutex);
    receiver_.stopped = true;
    receiver_.changed.notify_all();
  }

 private:
  Receiver& receiver_;
};

class SinkSetTest : public testing::Test {
 protected:
  std::unique_ptr<SinkSet> open(const std::vector<std::string>& names) {
    receiver.stopped = false;
    Plan plan;
    for (const std::string& name : names) {
      PlanSink sink;
      sink.name = name;
      sink.make_delivering = [this] { return std::make_unique<ReceiverSink>(receiver); };
      sink.delivery.concurrency = 1;
      sink.everything = true;
      plan.sinks.push_back(sink);
    }
    auto sinks =
        std::make_unique<SinkSet>(plan, SinkSurroundings{.store = &store, .metrics = &metrics});
    EXPECT_TRUE(sinks->open(catalog, state).ok());
    return sinks;
  }
  void checkpoint(SinkSet& sinks) {
    WriteSet changes;
    auto committed = sinks.commit(changes);
    ASSERT_TRUE(committed.ok());
    state = *committed;
    ASSERT_TRUE(store.write(changes).ok());
    sinks.committed();
  }
  static OutputRecord effect(const std::string& name, Position position) {
    OutputRecord output;
    output.order.position = position;
    output.kind = OutputKind::kEffect;
    output.effect = name;
    return output;
  }
  static Status write(SinkSet& sinks, const OutputRecord& output) {
    return sinks.write({&output, 1});
  }

  MemoryStore store;
  Metrics metrics;
  Catalog catalog;
  std::string state;
  Receiver receiver;
};

TEST_F(SinkSetTest, DeliversWhatTheSinkWants) {
  const auto sinks = open({"hook"});
  ASSERT_TRUE(write(*sinks, effect("a", 1)).ok());
  ASSERT_TRUE(write(*sinks, effect("unwanted", 2)).ok());
  ASSERT_TRUE(write(*sinks, effect("b", 3)).ok());
  ASSERT_TRUE(sinks->wait_until_delivered(std::chrono::minutes(1)));
  const std::lock_guard lock(receiver.mutex);
  std::sort(receiver.received.begin(), receiver.received.end());
  EXPECT_EQ(receiver.received, (std::vector<std::string>{"a", "b"}));
}

TEST_F(SinkSetTest, ADeadReceiverHoldsUpNothing) {
  receiver.answers = false;
  const auto sinks = open({"hook"});
  for (Position position = 0; position < 10'000; ++position)
    ASSERT_TRUE(write(*sinks, effect("a", position)).ok());
  checkpoint(*sinks);
  EXPECT_EQ(sinks->outbox("hook")->status().pending, 10'000U);
  EXPECT_EQ(sinks->outbox("hook")->status().delivered, 0U);
}

TEST_F(SinkSetTest, SaysHowItsReceiversFare) {
  receiver.answers = false;
  const auto sinks = open({"hook"});
  ASSERT_TRUE(write(*sinks, effect("a", 1)).ok());
  std::string text = exposition(metrics);
  EXPECT_NE(text.find("millrace_sink_pending{sink=\"hook\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("millrace_sink_delivered_total{sink=\"hook\"} 0\n"), std::string::npos);
  {
    const std::lock_guard lock(receiver.mutex);
    receiver.answers = true;
    receiver.changed.notify_all();
  }
  ASSERT_TRUE(sinks->wait_until_delivered(std::chrono::minutes(1)));
  text = exposition(metrics);
  EXPECT_NE(text.find("millrace_sink_pending{sink=\"hook\"} 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("millrace_sink_delivered_total{sink=\"hook\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("millrace_sink_latency_seconds_count{sink=\"hook\"} 1\n"), std::string::npos);
}

TEST_F(SinkSetTest, ASinkThatComesBackGoesOnWhereItWas) {
  {
    receiver.answers = false;
    const auto sinks = open({"hook"});
    ASSERT_TRUE(write(*sinks, effect("a", 1)).ok());
    checkpoint(*sinks);
  }
  receiver.answers = true;
  {
    const auto sinks = open({});
    ASSERT_TRUE(write(*sinks, effect("b", 2)).ok());
    checkpoint(*sinks);
    EXPECT_EQ(sinks->outbox("hook"), nullptr);
  }
  EXPECT_TRUE(receiver.received.empty());
  const auto sinks = open({"hook"});
  ASSERT_TRUE(write(*sinks, effect("c", 3)).ok());
  ASSERT_TRUE(sinks->wait_until_delivered(std::chrono::minutes(1)));
  const std::lock_guard lock(receiver.mutex);
  std::sort(receiver.received.begin(), receiver.received.end());
  EXPECT_EQ(receiver.received, (std::vector<std::string>{"a", "c"}));
}

}  // namespace
}  // namespace millrace
