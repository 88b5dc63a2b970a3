#include "connectors/serving/live_reader.hpp"

#include "connectors/serving/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::serving {

bool LiveFilter::passes(const LiveOutput& output) const {
  if (!kinds.empty() && !kinds.contains(output.kind)) return false;
  if (!segments.empty() && !segments.contains(output.segment)) return false;
  return profile == kNoProfile || profile == output.profile;
}

std::optional<LivePlace> LivePlace::parse(std::string_view text) {
  const auto dot = text.find('.');
  const auto position = whole_number(text.substr(0, dot));
  const auto seen = dot == std::string_view::npos ? 0 : whole_number(text.substr(dot + 1));
  if (!position || !seen || *seen > ~std::uint32_t{0}) return std::nullopt;
  return LivePlace{*position, static_cast<std::uint32_t>(*seen)};
}

std::string LivePlace::text() const { return fmt::format("{}.{}", position, seen); }

LiveReader::LiveReader(Wish wish, std::function<void()> on_gone)
    : wish_(std::move(wish)),
      on_gone_(std::move(on_gone)),
      place_{wish_.from.position, 0},
      told_(wish_.from) {}

void LiveReader::attach(std::shared_ptr<http::Stream> stream) {
  const std::scoped_lock lock(mutex_);
  stream_ = std::move(stream);
}

void LiveReader::take(const LiveOutput& output) {
  if (gone_) return;
  const std::scoped_lock lock(mutex_);
  place_ = {output.position, output.position == place_.position ? place_.seen + 1 : 1};
  if (place_ <= wish_.from) return;
  std::string text;
  if (wish_.filter.passes(output)) text = frame(output.kind, place_.text(), output.json);
  if (waiting_)
    waiting_->push_back({place_, std::move(text)});
  else
    tell(place_, std::move(text));
}

void LiveReader::start(std::optional<Position> missed) {
  const std::scoped_lock lock(mutex_);
  std::string hello = wish_.form == LiveForm::kEvents ? "retry: 1000\n\n" : "";
  if (missed)
    hello += frame(
        "missed", {}, fmt::format(R"({{"from":{},"first":{}}})", wish_.from.position, *missed));
  tell(told_, std::move(hello));
  for (auto& waiting : *waiting_) tell(waiting.place, std::move(waiting.text));
  waiting_.reset();
}

void LiveReader::beat() {
  const std::scoped_lock lock(mutex_);
  if (!waiting_) tell(told_, wish_.form == LiveForm::kEvents ? ": beat\n\n" : R"({"type":"beat"})");
}

void LiveReader::end(std::string_view reason) {
  const std::scoped_lock lock(mutex_);
  finish(reason);
}

// Takes no lock: a stream may say that it has ended while it is being written to.
void LiveReader::drop() {
  gone_ = true;
  on_gone_();
}

std::string LiveReader::frame(std::string_view kind,
                              std::string_view id,
                              std::string_view json) const {
  if (wish_.form == LiveForm::kMessages) {
    const auto id_member = id.empty() ? std::string() : fmt::format(R"("id":"{}",)", id);
    return fmt::format(R"({{"type":"{}",{}"data":{}}})", kind, id_member, json);
  }
  // A line break would end the data; in JSON, it can only be space between two tokens.
  std::string data(json);
  std::replace_if(
      data.begin(), data.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const auto id_line = id.empty() ? std::string() : fmt::format("id: {}\n", id);
  return fmt::format("{}event: {}\ndata: {}\n\n", id_line, kind, data);
}

void LiveReader::tell(LivePlace place, std::string text) {
  if (gone_) return;
  if (!text.empty() && !stream_->write(std::move(text))) return finish("too_slow");
  told_ = place;
}

void LiveReader::finish(std::string_view reason) {
  if (gone_.exchange(true)) return;
  stream_->close(frame(
      "dropped", {}, fmt::format(R"({{"reason":"{}","resume":"{}"}})", reason, told_.text())));
  on_gone_();
}

}  // namespace millrace::serving
