// Whose an event is, from the identifiers that it carries.
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/profile/identity_table.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace millrace {
namespace {

constexpr std::string_view kUserId = "user_id";
constexpr std::string_view kAnonymousId = "anonymous_id";
constexpr std::size_t kIdentifiersMax = 16;
constexpr std::size_t kBytesMax = 256;  // longer values identify nobody

// Values that mean "nobody", in lower case: what programs send by mistake where there is no
// identifier. Segment, PostHog and RudderStack refuse much the same.
constexpr std::string_view kBlocked[] = {"",
                                         "-1",
                                         "0",
                                         "[]",
                                         "[object object]",
                                         "anonymous",
                                         "anonymousid",
                                         "anonymous_id",
                                         "distinct_id",
                                         "distinctid",
                                         "email",
                                         "false",
                                         "guest",
                                         "id",
                                         "n/a",
                                         "na",
                                         "nan",
                                         "nil",
                                         "none",
                                         "not_authenticated",
                                         "null",
                                         "true",
                                         "undefined",
                                         "unknown",
                                         "user_id",
                                         "userid",
                                         "{}"};

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

// One character again and again, dashes aside: "0000", an all-zero UUID, "xxx". Short runs of
// another digit than 0 are counted up to by shops that number their customers.
bool is_filler(std::string_view text) {
  char only = '-';
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-') continue;
    if (count > 0 && c != only) return false;
    only = c;
    ++count;
  }
  if (count == 0 || only == '0') return true;
  const bool digit = only >= '1' && only <= '9';
  return count >= (digit ? 8U : 3U);
}

class BlockedValues {
 public:
  explicit BlockedValues(const std::vector<std::string>& more) {
    for (const std::string_view value : kBlocked) add(value);
    for (const std::string& value : more) add(trim(value));
  }

  // `value` is trimmed. Case does not matter.
  bool contains(std::string_view value) const {
    if (is_filler(value)) return true;
    // Most identifiers have a length that no blocked value has.
    if (value.size() > kBytesMax || !lengths_[value.size()]) return value.size() > kBytesMax;
    char lower[kBytesMax];
    std::transform(value.begin(), value.end(), lower, to_lower);
    return values_.contains(std::string_view(lower, value.size()));
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };

  void add(std::string_view value) {
    std::string lower(value);
    std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
    if (lower.size() <= kBytesMax) lengths_[lower.size()] = true;
    values_.insert(std::move(lower));
  }

  std::array<bool, kBytesMax + 1> lengths_{};
  boost::unordered_flat_set<std::string, Hash, std::equal_to<>> values_;
};

enum class Form : std::uint8_t { kExact, kLower };
constexpr auto enum_names(Form) {
  return std::array{config::EnumName{"exact", Form::kExact},
                    config::EnumName{"lower", Form::kLower}};
}

struct IdentifierConfig {
  std::string path;
  std::string name;
  std::optional<Form> form;
  bool hash = false;

  static std::optional<IdentifierConfig> from_scalar(std::string_view text) {
    return IdentifierConfig{.path = std::string(text)};
  }
  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("path",
              &IdentifierConfig::path,
              "user_id, anonymous_id, or the path of a property, such as traits.email.",
              {.required = true}),
        field("name",
              &IdentifierConfig::name,
              "What it is called in outputs and look-ups; the path if left out. Properties of one "
              "name are one identifier, wherever they stand.",
              {.max_length = 64, .pattern = "[^:]*"}),
        field("form",
              &IdentifierConfig::form,
              "Whether letters count as they are or as lower-case ones; left out, lower where the "
              "path ends with email, else exact. Blanks around a value never count."),
        field("hash",
              &IdentifierConfig::hash,
              "Keep and show a hash in place of the value; who guesses a value can check it."),
    };
  }
  void check(config::Checker& checker) const {
    if (!parse_path(path)) checker.problem("path", "this is not the path of a property");
  }
};

struct IdentifyConfig {
  std::vector<IdentifierConfig> identifiers = {{.path = std::string(kUserId)},
                                               {.path = std::string(kAnonymousId)}};
  std::vector<std::string> blocked;
  std::uint32_t ids_max = 100;
  std::uint32_t merges_max = 100;
  std::uint32_t ids_total_max = 100'000'000;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("identifiers",
              &IdentifyConfig::identifiers,
              "What tells whose an event is, the strongest first.",
              {.min_items = 1, .max_items = kIdentifiersMax}),
        field("blocked",
              &IdentifyConfig::blocked,
              "Values that identify nobody, besides null, undefined, 0 and the like, whatever "
              "their case.",
              {.max_items = 1000}),
        field("ids_max",
              &IdentifyConfig::ids_max,
              "Identifiers of a profile; past it new ones stay unknown, and are counted.",
              {.min = 1, .max = 65'535}),
        field("merges_max",
              &IdentifyConfig::merges_max,
              "Profiles that become part of one; past it they stay apart, and are counted.",
              {.min = 0, .max = 65'535}),
        field("ids_total_max",
              &IdentifyConfig::ids_total_max,
              "Identifiers of all profiles, at about 32 bytes of memory each; past it events with "
              "known ones go on, and others are rejected as identity_table_full.",
              {.min = 1, .max = 4'000'000'000}),
    };
  }
  void check(config::Checker& checker) const {
    for (std::size_t i = 1; i < identifiers.size(); ++i)
      if (identifiers[i].path == kUserId)
        checker.problem(fmt::format("identifiers[{}]", i),
                        "user_id says who somebody is, and comes first");
  }
};

class Identify final : public Identifier {
 public:
  using Config = IdentifyConfig;
  static constexpr std::string_view kName = "identify";
  static constexpr std::string_view kSummary =
      "Finds the profile of every event by its identifiers, and merges profiles that are one "
      "person's.";

  Identify(const Config& config, Lane& lane)
      : blocked_(config.blocked),
        table_({config.ids_max, config.merges_max, config.ids_total_max}),
        values_blocked_(lane.counter("values_blocked")),
        ids_refused_(lane.counter("ids_refused")),
        merges_refused_(lane.counter("merges_refused")) {
    for (const IdentifierConfig& identifier : config.identifiers) add_kind(identifier, lane);
  }

  Verdict identify(const Event& event, Arena& arena, Identity& out) override {
    found_ = 0;
    for (std::size_t i = 0; i < kinds_.size(); ++i) add(i, value_of(kinds_[i], event), false);
    if (event.kind == EventKind::kAlias) add_previous(trim(event.previous_id));
    if (found_ == 0)
      return Verdict::reject("no_usable_identifier",
                             "The event has no identifier, or only such as identify nobody.");
    if (!table_.resolve({keys_.data(), found_}, resolution_))
      return Verdict::reject("identity_table_full",
                             "The event is of a new profile, and there is no room for more.");
    out.profile = resolution_.profile;
    out.created = resolution_.created;
    out.merges.assign(resolution_.merges.begin(), resolution_.merges.end());
    ids_refused_ += resolution_.links_refused;
    merges_refused_ += resolution_.merges_refused;
    for (std::size_t i = 0; i < found_; ++i)
      if (resolution_.linked >> i & 1) out.new_ids.push_back(shown(i, arena));
    return Verdict::keep();
  }

  ProfileId find(std::string_view id) const override {
    const std::size_t colon = id.find(':');
    if (colon == std::string_view::npos) return kNoProfile;
    std::string scratch;
    for (const Kind& kind : kinds_)
      if (kind.name == id.substr(0, colon))
        return table_.find(hash128(in_form(kind, trim(id.substr(colon + 1)), scratch), kind.seed));
    return kNoProfile;
  }

  ProfileId survivor(ProfileId profile) const override { return table_.survivor(profile); }
  std::uint64_t profiles_made() const override { return table_.profiles_made(); }
  std::uint64_t profiles() const override { return table_.profiles(); }
  std::size_t memory_bytes() const override { return table_.memory_bytes(); }
  void save(std::string_view prefix, WriteSet& changes) override { table_.save(prefix, changes); }
  Status restore(std::string_view prefix, Store& from) override {
    return table_.restore(prefix, from);
  }
  Hash128 digest() const override { return table_.digest(); }

 private:
  enum class From : std::uint8_t { kUser, kAnonymous, kProperty };

  // One kind of identifier.
  struct Kind {
    From from = From::kProperty;
    FieldId field = 0;
    std::string name;
    std::uint64_t seed = 0;  // of its hashes: the same value under two names is two identifiers
    Form form = Form::kExact;
    bool hash = false;
  };

  void add_kind(const IdentifierConfig& identifier, Lane& lane) {
    Kind kind;
    kind.from = identifier.path == kUserId        ? From::kUser
                : identifier.path == kAnonymousId ? From::kAnonymous
                                                  : From::kProperty;
    if (kind.from == From::kProperty) kind.field = lane.field(identifier.path);
    kind.name = identifier.name.empty() ? identifier.path : identifier.name;
    kind.seed = hash64(kind.name);
    kind.form =
        identifier.form.value_or(identifier.path.ends_with("email") ? Form::kLower : Form::kExact);
    kind.hash = identifier.hash;
    kinds_.push_back(std::move(kind));
  }

  // Numbers become text as JSON has it; those that are not whole, and other values, identify
  // nobody.
  std::string_view value_of(const Kind& kind, const Event& event) {
    if (kind.from == From::kUser) return trim(event.user_id);
    if (kind.from == From::kAnonymous) return trim(event.anonymous_id);
    const Value value = event.value(kind.field);
    if (value.is(ValueKind::kString)) return trim(value.text());
    if (!value.is(ValueKind::kNumber)) return {};
    constexpr double kWholeMax = 9007199254740992.0;  // 2^53
    if (std::trunc(value.number()) != value.number() || std::abs(value.number()) > kWholeMax)
      return {};
    std::string& digits = texts_[found_];
    digits.resize(24);
    const auto end = std::to_chars(
        digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value.number()));
    digits.resize(static_cast<std::size_t>(end.ptr - digits.data()));
    return digits;
  }

  static std::string_view in_form(const Kind& kind, std::string_view value, std::string& scratch) {
    if (kind.form == Form::kExact) return value;
    scratch.assign(value);
    std::transform(scratch.begin(), scratch.end(), scratch.begin(), to_lower);
    return scratch;
  }

  void add(std::size_t kind, std::string_view value, bool same) {
    if (value.empty()) return;
    if (blocked_.contains(value)) {
      ++values_blocked_;
      return;
    }
    value = in_form(kinds_[kind], value, texts_[found_]);
    const Hash128 hash = hash128(value, kinds_[kind].seed);
    for (std::size_t i = 0; i < found_; ++i) {
      if (keys_[i].hash != hash) continue;
      keys_[i].same |= same;
      return;
    }
    keys_[found_] = {hash, kinds_[kind].from == From::kUser, same};
    kind_of_[found_] = kind;
    value_[found_] = value;
    ++found_;
  }

  // An alias does not say what its previous id is: whichever is known, else an anonymous one.
  void add_previous(std::string_view value) {
    std::optional<std::size_t> as;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i].from == From::kProperty) continue;
      std::string scratch;
      const std::string_view formed = in_form(kinds_[i], value, scratch);
      const bool known = table_.find(hash128(formed, kinds_[i].seed)) != kNoProfile;
      if (known || !as || kinds_[i].from == From::kAnonymous) as = i;
      if (known) break;
    }
    if (as) add(*as, value, true);
  }

  // "user_id:42", in `arena`.
  std::string_view shown(std::size_t i, Arena& arena) const {
    const Kind& kind = kinds_[kind_of_[i]];
    const std::string value = kind.hash ? to_hex(keys_[i].hash) : std::string(value_[i]);
    return arena.copy(kind.name + ":" + value);
  }

  const BlockedValues blocked_;
  IdentityTable table_;
  std::vector<Kind> kinds_;
  std::uint64_t& values_blocked_;
  std::uint64_t& ids_refused_;
  std::uint64_t& merges_refused_;

  // Of the event at hand, the first found_ of each: its identifiers. An alias has one more.
  std::size_t found_ = 0;
  std::array<IdentityKey, kIdentifiersMax + 1> keys_;
  std::array<std::size_t, kIdentifiersMax + 1> kind_of_{};
  std::array<std::string_view, kIdentifiersMax + 1> value_;
  std::array<std::string, kIdentifiersMax + 1> texts_;
  Resolution resolution_;
};

}  // namespace

void add_identify(Registry& registry) { registry.add<Identify>(); }

}  // namespace millrace
