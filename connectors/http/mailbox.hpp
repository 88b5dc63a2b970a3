// The way from any thread to an I/O thread of the server.
//
// Whoever answers requests from elsewhere hands in many tasks at once and wakes the I/O thread only
// once for all of them. Holding a mailbox is safe for ever; what it holds when the server stops is
// dropped on the I/O thread.
#pragma once

#include <functional>

namespace millrace::http {

class Mailbox {
 public:
  using Task = std::function<void()>;

  virtual ~Mailbox() = default;
  // Any thread. Tasks of one caller run in their order on the I/O thread. False: the server has
  // stopped, and the task will not run.
  virtual bool post(Task task) = 0;
};

}  // namespace millrace::http
