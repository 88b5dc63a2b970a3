#include "engine/runtime/reject_origins.hpp"

#include "engine/event/hit.hpp"
#include "engine/event/json_projector.hpp"

#include <algorithm>
#include <string>

namespace millrace {
namespace {

constexpr std::size_t kLibraryMax = 128;  // bytes: it is the sender's text

std::string_view text_of(const Value& value) {
  return value.is(ValueKind::kString) ? value.text() : std::string_view();
}

// The names of SDKs in one hit after the other.
class Libraries {
 public:
  void read(std::string_view body) {
    arena_.clear();
    readable_ = body.size() <= kBounds.body && json_.read(body, arena_);
  }

  // "analytics-node 3.1.0", of the event at `index` or of its batch; empty: it does not say.
  std::string of(std::uint32_t index) const {
    if (!readable_) return {};
    std::string named;
    if (index < json_.rows().size()) named = name(json_.rows()[index]);
    return named.empty() ? name(json_.top()) : named;
  }

 private:
  static constexpr JsonBounds kBounds{.body = std::size_t{64} << 20, .rows = 100'000};

  static std::string name(const JsonRow& row) {
    std::string named(text_of(row.values[0]));
    if (const auto version = text_of(row.values[1]); !version.empty())
      named.append(" ").append(version);
    named.resize(std::min(named.size(), kLibraryMax));
    return named;
  }

  Arena arena_;
  JsonProjector json_{{{{PathStep{"context"}, PathStep{"library"}, PathStep{"name"}}},
                       {{PathStep{"context"}, PathStep{"library"}, PathStep{"version"}}}},
                      "batch",
                      kBounds};
  bool readable_ = false;
};

}  // namespace

void note_origins(std::span<const Record> records, std::span<Reject> rejects) {
  if (rejects.empty()) return;
  Libraries libraries;
  Hit hit;
  Position known = kNoPosition;  // of `hit`
  for (Reject& reject : rejects) {
    if (reject.position != known) {
      const auto record = std::lower_bound(
          records.begin(), records.end(), reject.position, [](const Record& a, Position position) {
            return a.position < position;
          });
      if (record == records.end() || record->position != reject.position ||
          !decode_hit(record->payload, record->time, hit))
        continue;
      known = reject.position;
      libraries.read(hit.kind == HitKind::kEvents ? hit.body : std::string_view());
    }
    reject.source = hit.source;
    reject.protocol = hit.protocol;
    reject.library = libraries.of(reject.index);
  }
}

}  // namespace millrace
