#include "engine/base/log.hpp"

#include "engine/base/json_writer.hpp"

#include <utility>

namespace millrace {
namespace {

// Messages are literals, so there are few; whoever makes them up at run time is limited all
// together.
constexpr std::size_t kMessagesMax = 1'000;

// JSON escapes what is below the space. What terminals obey besides is left out: DEL, and the
// controls U+0080 to U+009F, among them an escape sequence's beginning.
std::string harmless(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\xc2' && i + 1 < text.size() &&
                      static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                      static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (pair || text[i] == '\x7f') {
      out += kReplacement;
      i += pair ? 1 : 0;
    } else {
      out += text[i];
    }
  }
  return out;
}

void put(JsonWriter& json, const LogField& field) {
  json.key(field.name);
  if (const auto* text = std::get_if<std::string_view>(&field.value))
    json.value(harmless(*text));
  else if (const auto* number = std::get_if<std::int64_t>(&field.value))
    json.value(*number);
  else if (const auto* real = std::get_if<double>(&field.value))
    json.value(*real);
  else
    json.value(std::get<bool>(field.value));
}

}  // namespace

Log::Log(Write write, std::function<Time()> now, LogOptions options)
    : write_(std::move(write)), now_(std::move(now)), options_(options) {}

void Log::write(LogLevel level, std::string_view component, std::string_view msg, Fields fields) {
  constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};
  if (level < options_.level) return;
  const std::scoped_lock lock(mutex_);
  const Time now = now_();
  std::uint64_t suppressed = 0;
  if (!admit(component, msg, now, suppressed)) return;
  line_.clear();
  JsonWriter json(line_);
  json.object();
  json.key("ts").value(format_time(now));
  json.key("level").value(kLevels[static_cast<std::size_t>(level)]);
  json.key("msg").value(harmless(msg));
  json.key("component").value(harmless(component));
  for (const LogField& field : fields) put(json, field);
  if (suppressed > 0) json.key("suppressed").value(suppressed);
  json.end();
  line_ += '\n';
  write_(line_);
}

bool Log::admit(std::string_view component,
                std::string_view msg,
                Time now,
                std::uint64_t& suppressed) {
  std::string key(component);
  key.append("\n").append(msg);
  if (said_.size() >= kMessagesMax && !said_.contains(key)) key.assign(1, '\n');
  Said& said = said_[key];
  if (said.lines == 0 || now < said.since || now - said.since >= options_.period) {
    said.since = now;
    said.lines = 0;
  }
  if (said.lines >= options_.burst) {
    ++said.suppressed;
    return false;
  }
  ++said.lines;
  suppressed = std::exchange(said.suppressed, 0);
  return true;
}

}  // namespace millrace
