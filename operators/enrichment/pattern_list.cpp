#include "operators/enrichment/pattern_list.hpp"

#include "engine/base/check.hpp"

#include <algorithm>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace millrace {
namespace {

// Steps of one expression on one text: ten times what those of uap-core take for its own tests.
constexpr std::uint32_t kStepsMax = 30'000;
constexpr std::size_t kStackStart = 32 * 1024;
constexpr std::size_t kStackMax = 512 * 1024;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* made) const {
    free(made);
  }
};

}  // namespace

struct PatternList::Compiled {
  std::unique_ptr<pcre2_code, Freed<pcre2_code_free>> code;
};

struct PatternList::Matcher::Memory {
  std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>> data{
      pcre2_match_data_create(10, nullptr)};
  std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>> context{
      pcre2_match_context_create(nullptr)};
  std::unique_ptr<pcre2_jit_stack, Freed<pcre2_jit_stack_free>> stack{
      pcre2_jit_stack_create(kStackStart, kStackMax, nullptr)};
};

PatternList::Matcher::Matcher() : memory_(std::make_unique<Memory>()) {
  CHECK(memory_->data && memory_->context && memory_->stack);
  pcre2_set_match_limit(memory_->context.get(), kStepsMax);
  pcre2_jit_stack_assign(memory_->context.get(), nullptr, memory_->stack.get());
}
PatternList::Matcher::~Matcher() = default;
PatternList::Matcher::Matcher(Matcher&&) noexcept = default;

PatternList::PatternList(std::span<const UserAgentPattern> patterns) {
  compiled_.reserve(patterns.size());
  for (const UserAgentPattern& pattern : patterns) {
    int error = 0;
    std::size_t offset = 0;
    const auto* text = reinterpret_cast<PCRE2_SPTR>(pattern.regex.data());
    const std::uint32_t options = pattern.any_case ? PCRE2_CASELESS : 0;
    Compiled& made = compiled_.emplace_back();
    made.code.reset(pcre2_compile(text, pattern.regex.size(), options, &error, &offset, nullptr));
    CHECK(made.code != nullptr);
    // Where a system forbids machine code that a program makes, the expression is interpreted.
    pcre2_jit_compile(made.code.get(), PCRE2_JIT_COMPLETE);
  }
}
PatternList::~PatternList() = default;

std::optional<PatternMatch> PatternList::find(std::string_view text, Matcher& matcher) const {
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  pcre2_match_data* const data = matcher.memory_->data.get();
  for (std::size_t i = 0; i < compiled_.size(); ++i) {
    const int count = pcre2_match(
        compiled_[i].code.get(), subject, text.size(), 0, 0, data, matcher.memory_->context.get());
    if (count < 0) continue;
    PatternMatch match{i, {}};
    const std::size_t* const ends = pcre2_get_ovector_pointer(data);
    // A list of ten groups that is too short for the expression counts as 0.
    const auto groups = count == 0 ? match.groups.size() : static_cast<std::size_t>(count);
    for (std::size_t group = 0; group < groups; ++group)
      if (ends[2 * group] != PCRE2_UNSET)
        match.groups[group] = text.substr(ends[2 * group], ends[2 * group + 1] - ends[2 * group]);
    return match;
  }
  return std::nullopt;
}

}  // namespace millrace
