// What a test expects and what came out, as lines that can be compared: `29d enter loyal user=bob`.
#pragma once

#include "engine/base/time.hpp"
#include "engine/config/node.hpp"
#include "engine/operator/output_record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// An output of the topology.
struct Happening {
  Duration at{};  // since the case's start
  OutputKind kind = OutputKind::kEnter;
  std::string name;  // of the segment or effect
  ProfileId profile = kNoProfile;
  std::vector<std::string> ids;  // the profile's: "user_id:ann"
  std::string body;              // an effect's JSON

  bool operator==(const Happening&) const = default;
};

struct Expectation {
  std::string line;  // as it is written
  Duration at{};
  OutputKind kind = OutputKind::kEnter;
  std::string name;
  std::string user;                                        // empty: whoever
  std::vector<std::pair<std::string, std::string>> parts;  // of an effect's body: path and text
};

// Nothing, and a problem, if the line says nothing that can be expected.
std::optional<Expectation> read_expectation(const config::Text& line,
                                            std::string_view path,
                                            config::Problems& problems);

bool fits(const Expectation& expectation, const Happening& happening);
// As an expectation would be written; the default user is left out.
std::string show(const Happening& happening);
// Whether the profile has an identifier of that value.
bool has_id(const Happening& happening, std::string_view value);

struct Difference {
  enum class Kind : std::uint8_t { kSame, kMissing, kUnexpected } kind = Kind::kSame;
  std::string line;
};

// Everything that was expected or happened, by time; each expectation stands for one happening.
// What happens at one moment may do so in any order.
std::vector<Difference> compare(const std::vector<Expectation>& expected,
                                const std::vector<Happening>& happened);

}  // namespace millrace
