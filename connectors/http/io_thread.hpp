// A thread of the server with its own event loop: all of a connection happens on one of them, so
// that connections need no locks. Its clock ticks a few times a second for all their deadlines.
#pragma once

#include "connectors/http/mailbox.hpp"
#include "connectors/http/pace.hpp"
#include "engine/base/time.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace::http {

// What lives on an I/O thread: a connection, or what has become of one.
class Session {
 public:
  virtual ~Session() = default;
  // For deadlines.
  virtual void tick(Clock::time_point now) = 0;
  // The server stops. False: come to an end; true: close at once.
  virtual void stop(bool now) = 0;
  // What it asked IoThread::later() for.
  virtual void go_on() {}

 private:
  friend class IoThread;
  std::size_t place_ = 0;
};

class ThreadMailbox final : public Mailbox {
 public:
  explicit ThreadMailbox(boost::asio::io_context& io) : io_(io) {}

  bool post(Task task) override;
  // Whether this is the thread of the mailbox.
  bool here() const { return std::this_thread::get_id() == thread_; }

 private:
  friend class IoThread;
  void run();
  void close();

  boost::asio::io_context& io_;  // not used once closed
  std::thread::id thread_{};     // set before anybody can post
  std::mutex mutex_;
  std::vector<Task> tasks_;
  bool closed_ = false;
};

class IoThread {
 public:
  explicit IoThread(Duration tick);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void start();
  void join();
  // On the thread: no more tasks are taken, and the thread ends when nothing is left to do.
  void finish();
  // Any thread: ends it at once.
  void abandon() { io_.stop(); }

  // From here on, on the thread itself, or before it runs.
  boost::asio::io_context& io() { return io_; }
  const std::shared_ptr<ThreadMailbox>& mailbox() const { return mailbox_; }
  void add(Session& session);
  void remove(Session& session);
  void stop_sessions(bool now);
  // Calls go_on() when all that is at hand has been done.
  void later(std::shared_ptr<Session> session);
  // The present second, for the Date header.
  const std::string& date() const { return date_; }

 private:
  void tick();
  void post_turn();

  const Duration tick_;
  bool finished_ = false;
  std::vector<Session*> sessions_;  // they remove themselves
  std::string date_;
  // Of what it does it locks only what others do too: posts. So all sockets and timers are used on
  // the thread, or before it starts and after it ended.
  boost::asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  // Whose turn comes next, and after that. Their sockets are gone before it is.
  std::vector<std::shared_ptr<Session>> now_;
  std::vector<std::shared_ptr<Session>> later_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<ThreadMailbox> mailbox_;  // shared with all replies, which may outlive the thread
  std::thread thread_;
};

}  // namespace millrace::http
