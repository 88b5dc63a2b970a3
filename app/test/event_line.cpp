#include "app/test/event_line.hpp"

#include "app/test/words.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/event/projection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace millrace {
namespace {

// A JSON value that grows path by path.
class JsonTree {
 public:
  // False where the path goes through what is no object or list.
  bool set(std::span<const PathStep> path, std::string json) {
    if (path.empty()) {
      json_ = std::move(json);
      return names_.empty() && items_.empty();
    }
    if (!json_.empty()) return false;
    if (path[0].index >= 0) {
      const auto index = static_cast<std::size_t>(path[0].index);
      if (!names_.empty() || index > items_.size()) return false;
      if (index == items_.size()) items_.emplace_back();
      return items_[index].set(path.subspan(1), std::move(json));
    }
    if (!items_.empty()) return false;
    auto at = std::find(names_.begin(), names_.end(), path[0].key);
    if (at == names_.end()) {
      members_.emplace_back();
      at = names_.insert(at, path[0].key);
    }
    const auto index = static_cast<std::size_t>(at - names_.begin());
    return members_[index].set(path.subspan(1), std::move(json));
  }

  // The members of another object, of other names.
  void append(const JsonTree& other) {
    names_.insert(names_.end(), other.names_.begin(), other.names_.end());
    members_.insert(members_.end(), other.members_.begin(), other.members_.end());
  }

  void write(JsonWriter& to) const {
    if (!json_.empty()) {
      to.raw(json_);
    } else if (!items_.empty()) {
      to.array();
      for (const JsonTree& item : items_) item.write(to);
      to.end();
    } else {
      to.object();
      for (std::size_t i = 0; i < names_.size(); ++i) members_[i].write(to.key(names_[i]));
      to.end();
    }
  }

 private:
  std::string json_;
  std::vector<std::string> names_;  // of members_
  std::vector<JsonTree> members_;
  std::vector<JsonTree> items_;
};

// `u1..100`: a hundred texts.
struct Numbered {
  std::string before;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

std::optional<Numbered> numbered(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::size_t letter = text.substr(0, dots).find_last_not_of("0123456789");
  const std::size_t digits = letter == std::string_view::npos ? 0 : letter + 1;
  Numbered out{std::string(text.substr(0, digits)), 0, 0};
  const auto number = [&](std::size_t begin, std::size_t end, std::uint64_t& into) {
    const auto [at, code] = std::from_chars(text.data() + begin, text.data() + end, into);
    return code == std::errc{} && at == text.data() + end;
  };
  if (!number(digits, dots, out.from) || !number(dots + 2, text.size(), out.to) ||
      out.to < out.from)
    return std::nullopt;
  return out;
}

// One line on its way to arrivals.
class LineReader {
 public:
  LineReader(const config::Text& line, std::string_view path, config::Problems& problems)
      : line_(line), path_(path), problems_(problems) {}

  bool read(const std::vector<Word>& words,
            const std::vector<std::pair<std::string, std::string>>& events) {
    if (words.size() < 2)
      return fail(words[0], "what happens?", "an event's name, such as purchase");
    if (!read_kind(words[1], events)) return false;
    for (std::size_t i = 2; i < words.size(); ++i)
      if (!read_part(words[i])) return false;
    return true;
  }

  void append(Duration at, Time start, std::uint64_t line, std::vector<Arrival>& into) const {
    std::uint64_t made = 0;
    for (std::uint64_t turn = 0; turn < repeat_; ++turn) {
      const Duration when = at + every_ * static_cast<Duration::rep>(turn);
      const auto one = [&](const std::optional<std::string>& user) {
        into.push_back({when, body(start + when, user, fmt::format("{}.{}", line, made++))});
      };
      if (!users_) {
        one(user_);
        continue;
      }
      for (std::uint64_t i = 0; i <= users_->to - users_->from; ++i)
        one(fmt::format("{}{}", users_->before, users_->from + i));
    }
  }

  // Saturates: both factors may be anything that fits a number.
  std::uint64_t count() const {
    const std::uint64_t users = users_ ? std::min(users_->to - users_->from, kEventsMax) + 1 : 1;
    return users * std::min(repeat_, kEventsMax + 1);
  }

 private:
  bool fail(const Word& word, std::string what, std::string hint = {}) {
    problems_.push_back(line_.problem(word.span, path_, std::move(what), std::move(hint)));
    return false;
  }

  bool read_kind(const Word& word, const std::vector<std::pair<std::string, std::string>>& events) {
    std::vector<std::string_view> known = {"page", "screen", "identify", "group", "alias"};
    if (std::find(known.begin(), known.end(), word.text) != known.end()) {
      type_ = word.text;
      return true;
    }
    if (word.text.starts_with('"')) {
      name_ = text_of(word.text);
      return true;
    }
    for (const auto& [identifier, name] : events) {
      if (identifier == word.text) {
        name_ = name;
        return true;
      }
      known.push_back(identifier);
    }
    std::string hint = config::did_you_mean(word.text, known);
    if (hint.empty()) hint = "quote a name that senders use";
    return fail(word, fmt::format("the topology has no event {}", config::quote(word.text)), hint);
  }

  bool read_part(const Word& word) {
    if (word.key.empty()) return fail(word, "expected key=value");
    if (word.key == "user") {
      users_ = numbered(word.value);
      user_ = text_of(word.value);
      return true;
    }
    if (word.key == "message") {
      message_ = text_of(word.value);
      return true;
    }
    if (word.key == "repeat") return read_repeat(word);
    if (word.key == "every") return read_duration(word, every_);
    if (word.key == "late") return read_duration(word, late_);
    for (const auto& [key, member] : {std::pair("anonymous", "anonymousId"),
                                      std::pair("previous", "previousId"),
                                      std::pair("group", "groupId")})
      if (word.key == key) {
        if (word.key == "anonymous" && !user_) user_.emplace();
        envelope_.emplace_back(member, text_of(word.value));
        return true;
      }
    if (word.key == "name" && (type_ == "page" || type_ == "screen")) {
      name_ = text_of(word.value);
      return true;
    }
    return read_property(word);
  }

  bool read_repeat(const Word& word) {
    const char* end = word.value.data() + word.value.size();
    const auto [at, code] = std::from_chars(word.value.data(), end, repeat_);
    return (code == std::errc{} && at == end && repeat_ > 0) || fail(word, "expected a number");
  }

  bool read_duration(const Word& word, Duration& into) {
    const auto read = parse_duration(word.value);
    if (!read) return fail(word, "expected a duration", "such as 1h30m");
    into = *read;
    return true;
  }

  bool read_property(const Word& word) {
    std::string whole(word.key);
    const auto within = [&](std::string_view part) { return whole.starts_with(part); };
    if (!within("properties.") && !within("traits.") && !within("context."))
      whole.insert(0, type_ == "identify" || type_ == "group" ? "traits." : "properties.");
    const auto path = parse_path(whole);
    if (!path) return fail(word, fmt::format("{} is not a path", config::quote(word.key)));
    auto json = json_of(word.value);
    if (!json) return fail(word, "the value is not JSON", "quote a text: key=\"a text\"");
    if (!parts_.set(*path, *std::move(json)))
      return fail(word, "another word of the line says otherwise");
    return true;
  }

  std::string body(Time received,
                   const std::optional<std::string>& user,
                   const std::string& message) const {
    JsonTree whole;
    const auto text = [&](std::string_view key, std::string_view value) {
      std::string json;
      append_json_string(json, value);
      whole.set(std::array{PathStep{std::string(key)}}, std::move(json));
    };
    text("type", type_);
    if (!name_.empty()) text(type_ == "track" ? "event" : "name", name_);
    text("messageId", message_.empty() ? message : message_);
    const std::string who = user.value_or(std::string(kDefaultUser));
    if (!who.empty()) text("userId", who);
    for (const auto& [key, value] : envelope_) text(key, value);
    text("timestamp", format_time(received - late_));
    whole.append(parts_);
    std::string out;
    JsonWriter json(out);
    whole.write(json);
    return out;
  }

  const config::Text& line_;
  std::string_view path_;
  config::Problems& problems_;
  std::string type_ = "track";
  std::string name_;
  std::optional<std::string> user_;  // empty: nobody known
  std::optional<Numbered> users_;
  std::string message_;
  std::vector<std::pair<std::string, std::string>> envelope_;
  JsonTree parts_;
  Duration late_{0};
  std::uint64_t repeat_ = 1;
  Duration every_{0};
};

}  // namespace

void EventLines::read(const config::Text& line,
                      std::string_view path,
                      std::vector<Arrival>& into,
                      config::Problems& problems) {
  const auto words = words_of(line, path, problems);
  if (!words) return;
  const auto at = time_of(line, *words, path, problems);
  if (!at) return;
  if (words->size() == 2 && (*words)[1].text.starts_with('{')) {
    into.push_back({*at, std::string((*words)[1].text)});
    return;
  }
  LineReader reader(line, path, problems);
  if (!reader.read(*words, events_)) return;
  if (into.size() + reader.count() > kEventsMax) {
    problems.push_back(
        line.problem({0, line.value.size()}, path, fmt::format("more than {} events", kEventsMax)));
    return;
  }
  reader.append(*at, start_, ++lines_, into);
}

}  // namespace millrace
