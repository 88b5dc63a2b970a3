// Who may hand events in, read, and administrate: the keys of a file, or none of them in
// development.
//
// Write keys are public: they stand in the pages that send events. They name a source, may be bound
// to pages of some origins, and are limited in rate. Read keys and admin tokens are secret; the
// file holds their hashes only.
//
// Read while the server starts and when it is told to read them again; then shared, read-only.
#pragma once

#include "connectors/admission/rate_limit.hpp"
#include "connectors/admission/secret.hpp"
#include "engine/config/fields.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace millrace::admission {

struct WriteKeyConfig {
  std::string key;
  std::string source;
  std::vector<std::string> origins;
  std::optional<config::Rate> rate;
  std::uint32_t burst = 10'000;

  static constexpr auto fields();
};

struct ReadKeyConfig {
  std::string name;
  std::string sha256;
  std::vector<std::string> origins;

  static constexpr auto fields();
};

struct AdminTokenConfig {
  std::string name;
  std::string sha256;

  static constexpr auto fields();
};

struct KeysConfig {
  std::vector<WriteKeyConfig> write;
  std::vector<ReadKeyConfig> read;
  std::vector<AdminTokenConfig> admin;

  static constexpr auto fields();
  void check(config::Checker& checker) const;
};

// What a secret allows.
enum class Grant : std::uint8_t { kNone, kRead, kAdmin };

struct WriteKey {
  std::string source;
  std::vector<std::string> origins;  // of pages that may use it; none: any
  mutable RateLimit limit;           // of events

  bool allows(std::string_view origin) const;
};

struct Reader {
  Grant grant = Grant::kNone;
  const std::vector<std::string>* origins = nullptr;  // of pages that may use it
};

class Keys {
 public:
  // Any write key, and reading without one: for a server that only its own machine can reach.
  static Keys development();
  // Precondition: the configuration is sound.
  explicit Keys(const KeysConfig& config);

  bool open() const { return open_; }
  // Null: unknown. In development every key is known, also an empty one.
  const WriteKey* find_write(std::string_view key) const;
  // Takes as long whatever the secret is.
  Reader find_reader(std::string_view secret) const;
  // Whether pages of that origin may read with some key.
  bool lists_reader(std::string_view origin) const;

 private:
  struct Secret {
    SecretHash hash;
    Grant grant;
    std::vector<std::string> origins;
  };

  Keys() = default;

  bool open_ = false;
  std::map<std::string, std::unique_ptr<WriteKey>, std::less<>> write_;
  std::vector<Secret> secrets_;
};

// The keys of a file's text. Nothing, and problems with their places, if it is not sound.
std::optional<Keys> load_keys(std::string text, std::string file, config::Problems& problems);

// Why keys for development must not be served at `host`, an address that is listened on; empty if
// they may.
std::string why_not_at(const Keys& keys, std::string_view host);

// The keys that are valid now. Any thread.
class KeyRing {
 public:
  explicit KeyRing(Keys keys) : keys_(std::make_shared<const Keys>(std::move(keys))) {}

  // Shared: a request is judged by the keys that were valid when it came, also while new ones are
  // read.
  std::shared_ptr<const Keys> now() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }
  void replace(Keys keys) {
    auto made = std::make_shared<const Keys>(std::move(keys));
    const std::lock_guard lock(mutex_);
    keys_.swap(made);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;
};

inline constexpr std::string_view kOriginPattern = "https?://[^/@?# ]+";
inline constexpr std::string_view kHashPattern = "[0-9a-f]{64}";

constexpr auto WriteKeyConfig::fields() {
  using config::field;
  using C = WriteKeyConfig;
  return std::tuple{
      field("key",
            &C::key,
            "The key, as senders give it.",
            {.required = true, .max_length = 128, .pattern = "[A-Za-z0-9_.:-]+"}),
      field("source",
            &C::source,
            "Name of the source whose events come with this key.",
            {.required = true, .min_length = 1, .max_length = 128}),
      field("origins",
            &C::origins,
            "Origins of pages that may send with it, such as https://shop.example; none means any. "
            "Servers, which have no origin, may always."),
      field("rate",
            &C::rate,
            "Most events a time; more are answered 503 with Retry-After. Left out: any number.",
            {.min = config::Rate{1.0 / 86'400}}),
      field("burst", &C::burst, "Events that may come at once, above the rate.", {.min = 1}),
  };
}

constexpr auto ReadKeyConfig::fields() {
  using config::field;
  using C = ReadKeyConfig;
  return std::tuple{
      field("name",
            &C::name,
            "What the key is for, shown in logs.",
            {.required = true, .min_length = 1}),
      field("sha256",
            &C::sha256,
            "SHA-256 of the key, in hex.",
            {.required = true, .pattern = kHashPattern}),
      field(
          "origins",
          &C::origins,
          "Origins of pages that may read with it; none means that no page of another origin may."),
  };
}

constexpr auto AdminTokenConfig::fields() {
  using config::field;
  using C = AdminTokenConfig;
  return std::tuple{
      field("name",
            &C::name,
            "Whose token it is, shown in logs.",
            {.required = true, .min_length = 1}),
      field("sha256",
            &C::sha256,
            "SHA-256 of the token, in hex.",
            {.required = true, .pattern = kHashPattern}),
  };
}

constexpr auto KeysConfig::fields() {
  using config::field;
  using C = KeysConfig;
  return std::tuple{
      field("write", &C::write, "Keys to hand events in."),
      field("read", &C::read, "Keys to read profiles and segments."),
      field("admin", &C::admin, "Tokens to administrate, and to read."),
  };
}

}  // namespace millrace::admission
