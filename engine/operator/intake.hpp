// Where collectors hand in what they accepted. A collector includes this and engine/event/hit.hpp,
// and knows nothing of the journal behind it.
#pragma once

#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

#include <functional>
#include <string>

namespace millrace {

class Intake {
 public:
  virtual ~Intake() = default;

  // The journal position of the hit once it is as durable as the topology's `ack` asks; or why it
  // was not accepted, which the sender may try again. Called once, from the intake's own thread:
  // must neither block nor throw.
  using Answer = std::function<void(const Result<Position>&)>;

  // Any thread. `payload` is what encode_hit() made. False: there is no room, or the intake has
  // stopped; the answer is then never called, and the sender should be told to come again later.
  virtual bool offer(std::string payload, Time received, Answer answer) = 0;
};

}  // namespace millrace
