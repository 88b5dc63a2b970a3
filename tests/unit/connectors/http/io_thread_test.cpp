#include "connectors/http/io_thread.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>

namespace millrace::http {
namespace {

class Noting final : public Session {
 public:
  Noting(std::string& said, char letter) : said_(said), letter_(letter) {}
  void tick(Clock::time_point) override {}
  void stop(bool) override {}
  void go_on() override { said_ += letter_; }

 private:
  std::string& said_;
  const char letter_;
};

TEST(IoThread, ComesBackToASessionWhenAllAtHandIsDone) {
  std::string said;
  std::promise<void> done;
  IoThread thread(std::chrono::seconds(1));
  thread.start();
  thread.mailbox()->post([&] {
    thread.later(std::make_shared<Noting>(said, '3'));
    said += '1';
    thread.later(std::make_shared<Noting>(said, '4'));
    thread.mailbox()->post([&] { said += '2'; });
  });
  // Turns follow one another as long as anything waits for one.
  std::function<void()> look = [&] {
    if (said.size() == 4) return done.set_value();
    thread.mailbox()->post(look);
  };
  thread.mailbox()->post(look);
  done.get_future().wait();
  thread.mailbox()->post([&] { thread.finish(); });
  thread.join();
  EXPECT_EQ(said, "1234");
}

TEST(IoThread, LetsGoOfASessionThatItNeverCameBackTo) {
  std::string said;
  std::weak_ptr<Session> session;
  {
    IoThread thread(std::chrono::seconds(1));
    auto made = std::make_shared<Noting>(said, '1');
    session = made;
    thread.later(std::move(made));
  }
  EXPECT_TRUE(session.expired());
  EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace millrace::http
