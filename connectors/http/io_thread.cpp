#include "connectors/http/io_thread.hpp"

#include "connectors/http/answer.hpp"
#include "engine/base/this_thread.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace millrace::http {

bool ThreadMailbox::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  tasks_.push_back(std::move(task));
  // One wake-up for all that gathers until the thread gets to it.
  if (tasks_.size() == 1) boost::asio::post(io_, [this] { run(); });
  return true;
}

void ThreadMailbox::run() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (Task& task : tasks) {
    task();
    task = nullptr;
  }
}

void ThreadMailbox::close() {
  std::vector<Task> tasks;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  tasks.swap(tasks_);
}

IoThread::IoThread(Duration tick)
    : tick_(tick),
      work_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      mailbox_(std::make_shared<ThreadMailbox>(io_)) {}

IoThread::~IoThread() {
  mailbox_->close();
  join();
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

void IoThread::start() {
  // The loop starts by noting who runs it; nobody can post before start() returns.
  thread_ = std::thread([this] {
    name_thread("http");
    io_.run();
  });
  mailbox_->thread_ = thread_.get_id();
  boost::asio::post(io_, [this] { tick(); });
}

void IoThread::finish() {
  finished_ = true;
  mailbox_->close();
  work_.reset();
  timer_.cancel();
}

void IoThread::add(Session& session) {
  session.place_ = sessions_.size();
  sessions_.push_back(&session);
}

void IoThread::remove(Session& session) {
  Session* last = sessions_.back();
  sessions_[session.place_] = last;
  last->place_ = session.place_;
  sessions_.pop_back();
}

// From the last to the first: a session that ends is replaced by the last, which was visited.
void IoThread::stop_sessions(bool now) {
  for (std::size_t i = sessions_.size(); i-- > 0;)
    if (i < sessions_.size()) sessions_[i]->stop(now);
}

void IoThread::later(std::shared_ptr<Session> session) {
  later_.push_back(std::move(session));
  if (later_.size() == 1 && now_.empty()) post_turn();
}

void IoThread::post_turn() {
  boost::asio::post(io_, [this] {
    for (const auto& each : now_) each->go_on();
    now_.clear();
    now_.swap(later_);
    if (!now_.empty()) post_turn();
  });
}

void IoThread::tick() {
  date_ = http_date(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  const Clock::time_point now = Clock::now();
  for (std::size_t i = sessions_.size(); i-- > 0;)
    if (i < sessions_.size()) sessions_[i]->tick(now);
  if (finished_) return;  // The timer may have gone off before it was cancelled.
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

}  // namespace millrace::http
