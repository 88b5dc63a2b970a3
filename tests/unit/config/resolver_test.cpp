#include "engine/config/resolver.hpp"

#include "tests/unit/config/sample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdio>
#include <fstream>

namespace millrace::config {
namespace {

class FixedResolver final : public Resolver {
 public:
  Result<std::string> environment(const std::string& name) const override {
    if (name == "NAME") return std::string("ann");
    if (name == "NUMBER") return std::string("7");
    if (name == "NESTED") return std::string("${env:NAME}");
    if (name == "WORD") return std::string("hunter2");
    if (name == "BYTES") return std::string("\xFF");
    return Error{"is not set in the environment"};
  }
  Result<std::string> file(const std::string& path) const override {
    if (path == "/run/key") return std::string("s3cret");
    return Error{"cannot be opened"};
  }
};

std::string note_of(std::string text) {
  return read_ok<Sample>("note: " + text, std::make_unique<FixedResolver>().get()).note.value;
}

TEST(Resolver, ReplacesReferencesInAnyScalar) {
  EXPECT_EQ(note_of("hello ${env:NAME}, ${file:/run/key}!"), "hello ann, s3cret!");
  EXPECT_EQ(note_of("'${env:NAME}${env:NAME}'"), "annann");
  const FixedResolver resolver;
  const auto sample = read_ok<Sample>(
      "{small: \"${env:NUMBER}\", window: '${env:NUMBER}m', password: '${file:/run/key}'}",
      &resolver);
  EXPECT_EQ(sample.small, 7);
  EXPECT_EQ(sample.window, std::chrono::minutes(7));
  EXPECT_EQ(sample.password.reveal(), "s3cret");
}

TEST(Resolver, TakesTheDefaultWhereThereIsNothing) {
  EXPECT_EQ(note_of("${env:NONE:-fallback}"), "fallback");
  EXPECT_EQ(note_of("${env:NONE:-}|"), "|");
  EXPECT_EQ(note_of("${env:NAME:-fallback}"), "ann");
  EXPECT_EQ(note_of("${file:/none:-a:-b}"), "a:-b");
}

TEST(Resolver, DollarDollarBraceIsText) {
  EXPECT_EQ(note_of("$${env:NAME}"), "${env:NAME}");
  EXPECT_EQ(note_of("$$${x} $ {} $"), "$${x} $ {} $");
}

TEST(Resolver, DoesNotLookAgainAtWhatAReferenceGave) {
  EXPECT_EQ(note_of("${env:NESTED}"), "${env:NAME}");
}

TEST(Resolver, TellsThePlaceOfAReferenceThatFails) {
  const FixedResolver resolver;
  EXPECT_EQ(errors_of<Sample>("note: 'it''s ${env:NONE} and ${file:/none}'\nname: ${env:BYTES}\n",
                              &resolver),
            "test.yaml:1:14: error: 'NONE' is not set in the environment in note (a default is "
            "written ${env:NAME:-default})\n"
            "    1 | note: 'it''s ${env:NONE} and ${file:/none}'\n"
            "      |              ^^^^^^^^^^^\n"
            "test.yaml:1:30: error: '/none' cannot be opened in note (a default is written "
            "${env:NAME:-default})\n"
            "    1 | note: 'it''s ${env:NONE} and ${file:/none}'\n"
            "      |                              ^^^^^^^^^^^^^\n"
            "test.yaml:2:7: error: 'BYTES' does not hold UTF-8 text in name (a default is written "
            "${env:NAME:-default})\n"
            "    2 | name: ${env:BYTES}\n"
            "      |       ^^^^^^^^^^^^\n");
  EXPECT_EQ(errors_of<Sample>("note: a ${env:X\nname: ${NAME}\n", &resolver),
            "test.yaml:1:9: error: a reference is not closed in note ('}' is missing; write $${ "
            "for the text ${)\n"
            "    1 | note: a ${env:X\n"
            "      |         ^^^^^^^\n"
            "test.yaml:2:7: error: '${NAME}' is not a reference in name (write ${env:NAME}, "
            "${file:PATH}, or $${ for the text ${)\n"
            "    2 | name: ${NAME}\n"
            "      |       ^^^^^^^\n");
}

TEST(Resolver, DoesNotShowWhatTheEnvironmentHolds) {
  const FixedResolver resolver;
  const auto errors =
      errors_of<Sample>("small: ${env:WORD}\nack: ${env:WORD}\npause: ${env:WORD}\n", &resolver);
  EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;
  EXPECT_NE(errors.find("error: the value of '${env:WORD}' is not an integer in small"),
            std::string::npos)
      << errors;
}

TEST(Resolver, WithoutOneOnlyDefaultsAreChecked) {
  EXPECT_EQ(
      errors_of<Sample>(
          "small: ${env:A}\nwindow: ${env:B:-10m}\npause: {every: '${env:C}', at_most: 0s}\n"),
      "");
  EXPECT_EQ(errors_of<Sample>("small: ${env:A:-many}\n"),
            "test.yaml:1:8: error: the value of '${env:A:-many}' is not an integer in small\n"
            "    1 | small: ${env:A:-many}\n"
            "      |        ^^^^^^^^^^^^^^\n");
}

TEST(Resolver, EscapedTextExpandsToItself) {
  const bool holds = rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('$', '{', '}', 'e', ':'));
    Problems problems;
    std::string quoted;
    append_json_string(quoted, escape_references(text));
    const auto document = Document::load(quoted, "f", problems);
    const auto expanded = expand(document.root(), nullptr, "", problems);
    RC_ASSERT(problems.empty());
    RC_ASSERT(expanded.has_value());
    RC_ASSERT(expanded->text == text);
  });
  EXPECT_TRUE(holds);
}

TEST(ProcessResolver, ReadsFilesBelowItsDirectory) {
  const auto directory = testing::TempDir();
  std::ofstream(directory + "millrace_key") << "abc\n";
  std::ofstream(directory + "millrace_large") << std::string(70'000, 'x');
  const ProcessResolver resolver(directory);
  EXPECT_EQ(*resolver.file("millrace_key"), "abc");
  EXPECT_EQ(*resolver.file(directory + "millrace_key"), "abc");
  EXPECT_EQ(resolver.file("millrace_none").error().what, "cannot be opened");
  EXPECT_EQ(resolver.file("millrace_large").error().what, "is larger than 65536 bytes");
  EXPECT_EQ(resolver.file(".").error().what, "cannot be read");
  std::remove((directory + "millrace_key").c_str());
  std::remove((directory + "millrace_large").c_str());
}

TEST(ProcessResolver, ReadsTheEnvironment) {
  ASSERT_EQ(setenv("MILLRACE_RESOLVER_TEST", "x y", 1), 0);
  EXPECT_EQ(*ProcessResolver("").environment("MILLRACE_RESOLVER_TEST"), "x y");
  EXPECT_EQ(ProcessResolver("").environment("MILLRACE_NOT_SET").error().what,
            "is not set in the environment");
}

}  // namespace
}  // namespace millrace::config
