#include "connectors/admission/daily_key.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace millrace::admission {
namespace {

constexpr std::uint64_t kFileMax = 128;
// After so many days without a hash the key is made anew: nobody asks for what was before.
constexpr std::int64_t kStepsMax = 400;
constexpr auto kSaveAgain = std::chrono::minutes(1);

std::int64_t day_of(Time time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

}  // namespace

DailyKey::DailyKey() : key_(random_secret()) {}

// "20779 ab12...": the day, and its key in hex.
Status DailyKey::keep_in(Files& files, std::string path) {
  files_ = &files;
  path_ = std::move(path);
  const auto text = read_file(files, path_, kFileMax);
  if (!text && text.error().fault == Fault::kMissing) return {};
  if (!text) return text.error();
  std::string_view rest = *text;
  std::int64_t day = kNone;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), day);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  const auto key = rest.starts_with(' ') ? parse_hash(rest.substr(1)) : std::nullopt;
  if (error != std::errc() || day < 0 || !key)
    return Error{
        fmt::format("{} holds no key of a day; without it, visitors without an id become "
                    "new ones",
                    path_)};
  key_ = *key;
  day_ = day;
  saved_ = true;
  return {};
}

void DailyKey::move_to(std::int64_t day) {
  if (day == day_ || day == day_ - 1) return;
  saved_ = false;
  const std::int64_t steps = day - day_;
  const bool follows = day_ != kNone && steps > 0 && steps <= kStepsMax;
  if (!follows && day_ != kNone) key_ = random_secret();
  for (std::int64_t i = 0; follows && i < steps; ++i) key_ = keyed_hash(key_, "the next day");
  day_ = day;
}

Status DailyKey::save() {
  return replace_file(*files_, path_, fmt::format("{} {}\n", day_, hash_text(key_)));
}

SecretHash DailyKey::of(Time now) {
  const std::lock_guard lock(mutex_);
  move_to(day_of(now));
  // Where the file cannot be written, neither can the journal, which says so.
  if (files_ != nullptr && !saved_ && now >= save_at_) {
    saved_ = save().ok();
    save_at_ = now + kSaveAgain;
  }
  return key_;
}

std::string DailyKey::hash(Time now, std::initializer_list<std::string_view> parts) {
  constexpr std::size_t kDigits = 32;
  std::string text;
  for (const std::string_view part : parts)
    text.append(std::to_string(part.size())).append(":").append(part);
  return hash_text(keyed_hash(of(now), text)).substr(0, kDigits);
}

}  // namespace millrace::admission
