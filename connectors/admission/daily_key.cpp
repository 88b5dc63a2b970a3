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

DailyKey::DailyKey() : key_(random_secret()), hash_(key_) {}

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
  take(*key, day);
  saved_ = true;
  return {};
}

void DailyKey::take(const SecretHash& key, std::int64_t day) {
  key_ = key;
  hash_ = KeyedHash(key);
  day_ = day;
  saved_ = false;
}

void DailyKey::move_to(std::int64_t day) {
  if (day == day_ || day == day_ - 1) return;
  const std::int64_t steps = day - day_;
  if (day_ == kNone) return take(key_, day);
  if (steps < 0 || steps > kStepsMax) return take(random_secret(), day);
  SecretHash key = key_;
  for (std::int64_t i = 0; i < steps; ++i)
    key = hash_secret(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
  take(key, day);
}

Status DailyKey::save() {
  return replace_file(*files_, path_, fmt::format("{} {}\n", day_, hash_text(key_)));
}

std::string DailyKey::hash(Time now, std::initializer_list<std::string_view> parts) {
  const std::lock_guard lock(mutex_);
  move_to(day_of(now));
  // Where the file cannot be written, neither can the journal, which says so.
  if (files_ != nullptr && !saved_ && now >= save_at_) {
    saved_ = save().ok();
    save_at_ = now + kSaveAgain;
  }
  return hash_(std::span(parts.begin(), parts.size()));
}

}  // namespace millrace::admission
