#include "app/remote/event_lines.hpp"

#include "engine/base/hash.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

// Of Segment's API: 500 KB a batch, 32 KB an event.
constexpr std::size_t kBodyMax = std::size_t{400} << 10;
constexpr std::size_t kEventMax = std::size_t{32} << 10;
constexpr std::string_view kSpace = " \t\r";

}  // namespace

EventBatch::Took EventBatch::add(std::string_view line, std::uint64_t number) {
  const std::size_t begin = std::min(line.find_first_not_of(kSpace), line.size());
  line.remove_prefix(begin);
  if (line.size() > kEventMax || !fields_.read(line)) return Took::kNoEvent;
  event_ = line;
  const Value id = fields_.value(0);
  if (!id.present() || fields_.text(0).empty()) {
    const bool bare = line.find_first_not_of(kSpace, 1) == line.find('}');
    const std::string whole = fmt::format("{} {}", number, line);
    event_ = fmt::format(
        R"({{"messageId":"send-{}"{}{})", to_hex(hash128(whole)), bare ? "" : ",", line.substr(1));
  }
  if (events_ == events_max_ || (events_ > 0 && events_text_.size() + event_.size() > kBodyMax))
    return Took::kFull;
  if (events_ > 0) events_text_ += ',';
  events_text_ += event_;
  ++events_;
  last_line_ = number;
  return Took::kYes;
}

void EventBatch::clear() {
  events_text_ = R"({"batch":[)";
  events_ = 0;
}

}  // namespace millrace
