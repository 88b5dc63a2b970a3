// Whose an event is, from the identifiers that it carries.
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/profile/blocked_values.hpp"
#include "operators/profile/identity_table.hpp"

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

  // What an event carries depends on it alone: known for a whole batch, its look-ups need not wait
  // for one another.
  void expect(std::span<const Event> batch) override {
    forget_expected();
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      // The parser saw these texts long ago.
      if (i + kAhead < batch.size()) {
        __builtin_prefetch(batch[i + kAhead].user_id.data());
        __builtin_prefetch(batch[i + kAhead].anonymous_id.data());
      }
      if (!batch[i].dead && !is_mark(batch[i].kind)) read(batch[i]);
    }
  }

  Verdict identify(const Event& event, Arena& arena, Identity& out) override {
    if (next_ == expected_.size() || expected_[next_].event != &event) {
      forget_expected();
      read(event);
    }
    take_next();
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

  // An identifier that an event carries.
  struct Candidate {
    IdentityKey key;
    std::size_t kind = 0;
    std::string_view value;
  };
  struct Expected {
    const Event* event;
    std::size_t end;  // behind its candidates
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
    char digits[24];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(value.number()));
    return texts_.copy({digits, static_cast<std::size_t>(end.ptr - digits)});
  }

  static std::string_view in_form(const Kind& kind, std::string_view value, std::string& scratch) {
    if (kind.form == Form::kExact) return value;
    scratch.assign(value);
    std::transform(scratch.begin(), scratch.end(), scratch.begin(), to_lower);
    return scratch;
  }

  // False where the value identifies nobody.
  bool make_candidate(std::size_t kind, std::string_view value, Candidate& made) {
    if (value.empty()) return false;
    if (blocked_.contains(value)) {
      ++values_blocked_;
      return false;
    }
    const Kind& of = kinds_[kind];
    const bool as_is = of.form == Form::kExact;
    made.value = as_is ? value : texts_.copy(in_form(of, value, scratch_));
    made.key = {hash128(made.value, of.seed), of.from == From::kUser, false};
    made.kind = kind;
    return true;
  }

  // Notes what the event carries, and begins to look it up.
  void read(const Event& event) {
    const std::size_t first = candidates_.size();
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      Candidate made;
      if (!make_candidate(i, value_of(kinds_[i], event), made)) continue;
      bool again = false;
      for (std::size_t j = first; j < candidates_.size(); ++j)
        again |= candidates_[j].key.hash == made.key.hash;
      if (again) continue;
      table_.prefetch(made.key.hash);
      candidates_.push_back(made);
    }
    expected_.push_back({&event, candidates_.size()});
  }

  void forget_expected() {
    expected_.clear();
    candidates_.clear();
    texts_.clear();
    next_ = 0;
  }

  // Makes what was read of the next event that of the event at hand.
  void take_next() {
    found_ = 0;
    const std::size_t first = next_ == 0 ? 0 : expected_[next_ - 1].end;
    for (std::size_t i = first; i < expected_[next_].end; ++i) put(candidates_[i]);
    ++next_;
  }
  void put(const Candidate& candidate) {
    keys_[found_] = candidate.key;
    kind_of_[found_] = candidate.kind;
    value_[found_] = candidate.value;
    ++found_;
  }

  void add_same(std::size_t kind, std::string_view value) {
    Candidate made;
    if (!make_candidate(kind, value, made)) return;
    made.key.same = true;
    for (std::size_t i = 0; i < found_; ++i)
      if (keys_[i].hash == made.key.hash) {
        keys_[i].same = true;
        return;
      }
    put(made);
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
    if (as) add_same(*as, value);
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

  // Of a batch: what its events carry, one after the other, and which of them comes next.
  std::vector<Expected> expected_;
  std::vector<Candidate> candidates_;
  std::size_t next_ = 0;
  Arena texts_;  // of values that are not as they were sent
  std::string scratch_;

  // Of the event at hand, the first found_ of each: its identifiers. An alias has one more.
  std::size_t found_ = 0;
  std::array<IdentityKey, kIdentifiersMax + 1> keys_;
  std::array<std::size_t, kIdentifiersMax + 1> kind_of_{};
  std::array<std::string_view, kIdentifiersMax + 1> value_;
  Resolution resolution_;
};

}  // namespace

void add_identify(Registry& registry) { registry.add<Identify>(); }

}  // namespace millrace
