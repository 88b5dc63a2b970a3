// What decoding a request needs of memory that is dear to make anew: borrowed for one request and
// given back. Any thread may borrow; a workbench is used by one thread at a time.
#pragma once

#include "engine/event/json_projector.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::protocols {

struct BodyLimits {
  std::size_t event_max = 0;  // bytes of a request that holds one event
  std::size_t batch_max = 0;  // bytes of any request
  std::size_t events_max = 0;
};

struct Workbench {
  explicit Workbench(const BodyLimits& bounds);

  const BodyLimits limits;
  // Checks the whole of a JSON body; reads `writeKey`, with the items of `batch` as rows.
  JsonProjector json;
  Arena arena;
  std::string unpacked;  // a body that was compressed or encoded
  std::string made;      // a body that the decoder writes
  std::string key;       // a write key that is not in the body as it is
  std::string visitor;   // the id of a visitor
  std::vector<std::pair<std::string, std::string>> pairs;
};

class Workbenches {
 public:
  explicit Workbenches(const BodyLimits& limits) : limits_(limits) {}

  // As many are made as are ever borrowed at a time: that is the number of I/O threads.
  class Loan {
   public:
    Loan(Workbenches& from, std::unique_ptr<Workbench> bench)
        : from_(from), bench_(std::move(bench)) {}
    Loan(const Loan&) = delete;
    ~Loan();
    Workbench& operator*() { return *bench_; }

   private:
    Workbenches& from_;
    std::unique_ptr<Workbench> bench_;
  };
  Loan borrow();

 private:
  const BodyLimits limits_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workbench>> idle_;
};

}  // namespace millrace::protocols
