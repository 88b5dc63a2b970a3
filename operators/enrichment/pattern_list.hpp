// An ordered list of regular expressions (PCRE2), of which the first that matches counts. The only
// user of PCRE2: uap-core's expressions look ahead, which RE2 cannot.
//
// The list is read-only: any number of threads, each with a matcher of its own.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace millrace {

struct UserAgentPattern {
  std::string_view regex;
  bool any_case;
  std::array<std::string_view, 5> parts;  // what a match means, `$1` being its first group
};

// What matched; groups are views into the text, [0] is all of the match.
struct PatternMatch {
  std::size_t index = 0;  // in the list
  std::array<std::string_view, 10> groups;
};

class PatternList {
 public:
  // Precondition: the expressions are sound.
  explicit PatternList(std::span<const UserAgentPattern> patterns);
  ~PatternList();

  // One thread's memory to match with.
  class Matcher {
   public:
    Matcher();
    ~Matcher();
    Matcher(Matcher&&) noexcept;

   private:
    friend class PatternList;
    struct Memory;
    std::unique_ptr<Memory> memory_;
  };

  // The first expression that matches somewhere in the text. One that takes too many steps, as an
  // expression may with a text made for that, does not match.
  std::optional<PatternMatch> find(std::string_view text, Matcher& matcher) const;

 private:
  struct Compiled;
  std::vector<Compiled> compiled_;
};

}  // namespace millrace
