// A file of tests of a topology, read and checked. docs/testing.md describes the format.
#pragma once

#include "app/test/event_line.hpp"
#include "app/test/expectation.hpp"
#include "engine/base/result.hpp"
#include "engine/config/problem.hpp"
#include "engine/operator/registry.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Who is in a segment at the end: a number of profiles, or users.
struct ExpectedMembers {
  std::string segment;
  std::optional<std::uint64_t> count;
  std::vector<std::string> users;
};

struct TestCase {
  std::string name;
  int line = 0;                   // where it is written
  std::vector<Arrival> arrivals;  // by time
  Duration until{};               // the clock goes on to there
  std::optional<std::vector<Expectation>> expected;
  std::vector<std::string> watch;  // segments and effects that are compared; empty: all
  std::vector<std::pair<Duration, std::string>> rejected;  // when, and the reason
  std::optional<std::map<std::string, std::uint64_t>> dropped;
  std::optional<std::uint64_t> profiles;
  std::vector<ExpectedMembers> segments;
};

struct TestFile {
  std::string path;
  std::string topology;  // path
  std::string topology_text;
  Time start{};
  Duration epoch{};  // of the topology
  std::vector<TestCase> cases;
};

// What is wrong with a test file or its topology, and the text that it is wrong in.
struct TestFileProblems {
  config::Problems problems;
  std::string source;
};

// `read` gives the text of a file by its path. An error if a file cannot be read; otherwise
// nothing, and at least one problem, if anything is wrong.
using ReadText = std::function<Result<std::string>(const std::string& path)>;
Result<std::optional<TestFile>> load_test_file(const std::string& path,
                                               const ReadText& read,
                                               const Registry& registry,
                                               TestFileProblems& problems);

}  // namespace millrace
