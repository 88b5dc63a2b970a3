// Takes what a topology puts out: outputs, and rejected rows.
#pragma once

#include "engine/base/result.hpp"
#include "engine/event/batch.hpp"
#include "engine/operator/output_record.hpp"

#include <span>
#include <string>
#include <string_view>

namespace millrace {

// Called batch after batch in journal order, from one thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;

  // Once, before the first write. `state` is what commit() said at the checkpoint from which the
  // topology goes on, empty at the beginning: what was written after it will be written again, so
  // forget it.
  virtual Status open(const Catalog& catalog, std::string_view state) = 0;
  virtual Status write(std::span<const OutputRecord> outputs) = 0;
  virtual Status reject(std::span<const Reject> rejects) = 0;
  // Makes what was written so far durable, and says how far that is.
  virtual Result<std::string> commit() = 0;
};

}  // namespace millrace
