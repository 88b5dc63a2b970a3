#include "connectors/protocols/umami_session.hpp"

#include "connectors/admission/secret.hpp"
#include "engine/base/hash.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>
#include <utility>

namespace millrace::protocols {
namespace {

using std::chrono::seconds;

constexpr seconds kVisitEnds = std::chrono::minutes(30);
constexpr std::size_t kIdSize = 32;

seconds since_1970(Time time) { return std::chrono::floor<seconds>(time).time_since_epoch(); }

// What the token says, before its seal: "<session>.<visit>.<seconds>".
std::string seal_of(std::string_view said, std::string_view site, Time now, Workbench& bench) {
  return bench.settings.visitors.hash(now, {"umami", site, said});
}

// The parts of a token that has such a form; nobody has looked at the seal.
struct Token {
  std::string_view said;
  std::string_view session;
  std::string_view visit;
  seconds at{};
  std::string_view seal;
};

std::optional<Token> taken_apart(std::string_view text) {
  Token token;
  const std::size_t last = text.rfind('.');
  constexpr std::size_t kIds = 2 * (kIdSize + 1);
  if (last == std::string_view::npos || last <= kIds) return std::nullopt;
  token.said = text.substr(0, last);
  token.seal = text.substr(last + 1);
  token.session = token.said.substr(0, kIdSize);
  token.visit = token.said.substr(kIdSize + 1, kIdSize);
  std::int64_t count = 0;
  const std::string_view digits = token.said.substr(kIds);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  token.at = seconds(count);
  return token;
}

}  // namespace

UmamiSession umami_session(std::string_view token,
                           const Visitor& visitor,
                           Time now,
                           Workbench& bench) {
  const auto found = taken_apart(token);
  const bool sealed =
      found &&
      admission::same_hash(admission::hash_secret(found->seal),
                           admission::hash_secret(seal_of(found->said, visitor.site, now, bench)));
  UmamiSession made;
  made.session = sealed ? std::string(found->session) : visitor_id(visitor, now, bench);
  if (sealed && since_1970(now) - found->at < kVisitEnds) {
    made.visit = found->visit;
  } else {
    const auto hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
    made.visit = to_hex(hash128(made.session, static_cast<std::uint64_t>(hour)));
  }
  return made;
}

std::string umami_token(const UmamiSession& session,
                        std::string_view site,
                        Time now,
                        Workbench& bench) {
  std::string token;
  token.reserve(128);
  fmt::format_to(std::back_inserter(token),
                 FMT_COMPILE("{}.{}.{}"),
                 session.session,
                 session.visit,
                 since_1970(now).count());
  const std::string seal = seal_of(token, site, now, bench);
  return std::move(token.append(1, '.').append(seal));
}

}  // namespace millrace::protocols
