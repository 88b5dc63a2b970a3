// JSONTestSuite (github.com/nst/JSONTestSuite): y_ must be accepted, n_ rejected, i_ may be either.
#include "engine/event/json_projector.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

namespace fs = std::filesystem;

TEST(JsonCorpus, AcceptsAndRejectsWhatTheSuiteSays) {
  const fs::path folder = fs::path(MILLRACE_CORPORA) / "json" / "test_parsing";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there";
  JsonProjector projector({{*parse_path("a")}, {*parse_path("b.c")}}, "batch");
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream read;
    read << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    // Exactly as large as the text, for a sanitizer to see a byte too many.
    const std::string text = read.str();
    const std::vector<char> body(text.begin(), text.end());
    Arena arena;
    const bool ok = projector.read({body.data(), body.size()}, arena);
    const std::string name = entry.path().filename();
    EXPECT_EQ(ok, !find_json_fault(text, 64)) << name;
    if (name.starts_with("y_")) accepted += ok ? 1 : 0;
    if (!name.starts_with("n_")) continue;
    EXPECT_FALSE(ok) << name;
    if (ok) continue;
    ++rejected;
    EXPECT_LE(projector.fault().offset, text.size()) << name;
    EXPECT_FALSE(projector.fault().reason.empty()) << name;
  }
  EXPECT_EQ(accepted, 95u);
  EXPECT_EQ(rejected, 188u);
}

}  // namespace
}  // namespace millrace
