// `millrace test`: topologies against their test files.
#include "app/cli/output.hpp"
#include "app/commands.hpp"
#include "app/test/case_runner.hpp"
#include "app/topology_file.hpp"
#include "engine/base/file.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr std::string_view kDirectory = "topologies";
constexpr std::string_view kSuffix = ".test.yaml";

char mark(Difference::Kind kind) {
  return kind == Difference::Kind::kSame ? ' ' : kind == Difference::Kind::kMissing ? '-' : '+';
}

class Test final : public Action {
 public:
  void declare(Options& options) override {
    options.argument("FILE", paths_, "Test files; without any, topologies/*.test.yaml.").is_path =
        true;
    options.flag(
        "--fast", fast_, "Run each case once, not again with other lanes, batches and a restart.");
    options.flag("--json", json_, "Write the results as JSON.");
  }

  ExitCode run(Terminal& terminal) override {
    if (paths_.empty()) find_files();
    if (paths_.empty()) {
      terminal.complain(fmt::format("there are no {}/*{}", kDirectory, kSuffix));
      return ExitCode::kNotFound;
    }
    const Registry registry = builtin_registry();
    json_writer_.array();
    ExitCode code = ExitCode::kOk;
    for (const std::string& path : paths_) {
      const ExitCode of_file = run_file(path, registry, terminal);
      if (code == ExitCode::kOk || code == ExitCode::kFailed)
        if (of_file != ExitCode::kOk) code = of_file;
    }
    json_writer_.end();
    if (json_) terminal.print(json_text_ + "\n");
    terminal.say(fmt::format("{} of {} passed", passed_, counted(cases_, "case")));
    return code;
  }

 private:
  void find_files() {
    SystemFiles files;
    const auto names = files.list(std::string(kDirectory));
    if (!names) return;
    for (const std::string& name : *names)
      if (name.ends_with(kSuffix)) paths_.push_back(fmt::format("{}/{}", kDirectory, name));
  }

  ExitCode run_file(const std::string& path, const Registry& registry, Terminal& terminal) {
    TestFileProblems problems;
    const auto read = [](const std::string& file) {
      return read_input(file, config::DocumentLimits().bytes);
    };
    const auto file = load_test_file(path, read, registry, problems);
    if (!file) {
      terminal.complain(file.error().what);
      return ExitCode::kInputOutput;
    }
    if (!*file) {
      std::string text = config::render_all(problems.problems, problems.source);
      text.pop_back();  // complain() ends the line
      terminal.complain(fmt::format("{} is not sound\n{}", path, text));
      return ExitCode::kBadConfig;
    }
    if (!json_) terminal.print(path + "\n");
    bool good = true;
    for (const TestCase& test : (*file)->cases) {
      const auto result = run_case(**file, test, registry, !fast_);
      if (!result) {
        terminal.complain(fmt::format("{}:{}: {}", path, test.line, result.error().what));
        return ExitCode::kBug;
      }
      report(path, test, *result, terminal);
      good = good && result->passed();
    }
    return good ? ExitCode::kOk : ExitCode::kFailed;
  }

  void report(const std::string& path,
              const TestCase& test,
              const CaseResult& result,
              Terminal& terminal) {
    ++cases_;
    passed_ += result.passed() ? 1 : 0;
    if (json_) return write(path, test, result);
    if (result.passed()) {
      terminal.print(fmt::format("  ok    {}\n", test.name));
      return;
    }
    std::string out = fmt::format("  FAIL  {}  ({}:{})\n", test.name, path, test.line);
    for (const Difference& one : result.outputs)
      out += fmt::format("        {} {}\n", mark(one.kind), one.line);
    for (const std::string& complaint : result.complaints)
      out += fmt::format("        {}\n", complaint);
    terminal.print(out);
  }

  void write(const std::string& path, const TestCase& test, const CaseResult& result) {
    json_writer_.object();
    json_writer_.key("file").value(path);
    json_writer_.key("line").value(test.line);
    json_writer_.key("name").value(test.name);
    json_writer_.key("passed").value(result.passed());
    for (const auto& [key, kind] : {std::pair("missing", Difference::Kind::kMissing),
                                    std::pair("unexpected", Difference::Kind::kUnexpected)}) {
      json_writer_.key(key).array();
      for (const Difference& one : result.outputs)
        if (one.kind == kind) json_writer_.value(one.line);
      json_writer_.end();
    }
    json_writer_.key("complaints").array();
    for (const std::string& complaint : result.complaints) json_writer_.value(complaint);
    json_writer_.end().end();
  }

  std::vector<std::string> paths_;
  bool fast_ = false;
  bool json_ = false;
  std::size_t cases_ = 0;
  std::size_t passed_ = 0;
  std::string json_text_;
  JsonWriter json_writer_{json_text_, JsonWriter::Style::kPretty};
};

}  // namespace

Command test_command() {
  return {
      .name = "test",
      .summary = "Run tests of topologies, with a clock that is moved by hand.",
      .examples =
          "millrace test\n"
          "millrace test topologies/shop.test.yaml --fast\n"
          "millrace test --json | jq '.[] | select(.passed | not)'\n",
      .make = make_action<Test>,
  };
}

}  // namespace millrace
