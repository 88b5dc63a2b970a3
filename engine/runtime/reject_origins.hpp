// Says of rejected rows where they came from, so that whoever reads one knows whom to tell: found
// in the journal's record only once a row is rejected, which is rare. The completing stage calls
// it.
#pragma once

#include "engine/event/batch.hpp"
#include "engine/journal/record.hpp"

#include <span>

namespace millrace {

// `rejects` in the order of positions; `records` are those of their batch, in order.
void note_origins(std::span<const Record> records, std::span<Reject> rejects);

}  // namespace millrace
