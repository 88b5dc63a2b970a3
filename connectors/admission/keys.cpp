#include "connectors/admission/keys.hpp"

#include "connectors/admission/origin.hpp"
#include "engine/base/check.hpp"
#include "engine/config/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace millrace::admission {
void KeysConfig::check(config::Checker& checker) const {
  std::set<std::string_view> known;
  const auto once = [&](std::string_view value, const std::string& field, std::string_view what) {
    if (!known.insert(value).second)
      checker.problem(field, fmt::format("the {} is there already", what));
  };
  for (std::size_t i = 0; i < write.size(); ++i) {
    once(write[i].key, fmt::format("write[{}].key", i), "key");
    check_origins(write[i].origins, fmt::format("write[{}].origins", i), checker);
  }
  for (std::size_t i = 0; i < read.size(); ++i) {
    once(read[i].sha256, fmt::format("read[{}].sha256", i), "key");
    check_origins(read[i].origins, fmt::format("read[{}].origins", i), checker);
  }
  for (std::size_t i = 0; i < admin.size(); ++i)
    once(admin[i].sha256, fmt::format("admin[{}].sha256", i), "token");
}

bool WriteKey::allows(std::string_view origin) const {
  return origin.empty() || origins.empty() || lists(origins, origin);
}

Keys Keys::development() {
  Keys keys;
  keys.open_ = true;
  auto any = std::make_unique<WriteKey>();
  any->source = "development";
  keys.write_.emplace("", std::move(any));
  return keys;
}

Keys::Keys(const KeysConfig& config) {
  for (const WriteKeyConfig& key : config.write) {
    const double rate = key.rate ? key.rate->per_second : 0;
    // A limit cannot move, so that make_unique cannot make what holds one.
    write_.emplace(key.key,
                   std::unique_ptr<WriteKey>(new WriteKey{
                       key.source, key.origins, {rate, static_cast<double>(key.burst)}}));
  }
  const auto hash_of = [](const std::string& text) {
    const auto hash = parse_hash(text);
    CHECK(hash.has_value());
    return *hash;
  };
  for (const ReadKeyConfig& key : config.read)
    secrets_.push_back({hash_of(key.sha256), Grant::kRead, key.origins});
  for (const AdminTokenConfig& token : config.admin)
    secrets_.push_back({hash_of(token.sha256), Grant::kAdmin, {}});
}

const WriteKey* Keys::find_write(std::string_view key) const {
  const auto at = write_.find(open_ ? std::string_view() : key);
  return at == write_.end() ? nullptr : at->second.get();
}

Reader Keys::find_reader(std::string_view secret) const {
  const SecretHash hash = hash_secret(secret);
  Reader found;
  for (const Secret& known : secrets_)
    if (same_hash(known.hash, hash)) found = {known.grant, &known.origins};
  return found;
}

bool Keys::lists_reader(std::string_view origin) const {
  return std::any_of(secrets_.begin(), secrets_.end(), [&](const Secret& secret) {
    return lists(secret.origins, origin);
  });
}

std::optional<Keys> load_keys(std::string text, std::string file, config::Problems& problems) {
  const std::size_t before = problems.size();
  const auto document = config::Document::load(std::move(text), std::move(file), problems);
  if (problems.size() > before) return std::nullopt;
  const auto config = config::parse<KeysConfig>(document.root(), problems);
  if (problems.size() > before) return std::nullopt;
  return Keys(config);
}

std::string why_not_at(const Keys& keys, std::string_view host) {
  if (!keys.open() || host == "localhost" || host == "::1" || host == "[::1]" ||
      (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos))
    return {};
  return fmt::format(
      "without a keys file, anybody who reaches {} could hand in events and read all profiles: "
      "make "
      "one with `millrace keys`, and name it by --keys FILE; or listen on 127.0.0.1",
      host);
}

}  // namespace millrace::admission
