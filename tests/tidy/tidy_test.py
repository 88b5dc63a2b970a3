"""Each rule of tidy.py catches what it is for, and leaves alone what is near it."""
import pathlib
import tempfile
import unittest

import tidy

LAYERS = (pathlib.Path(__file__).parent / "layers.txt").read_text()


def breaches(files):
    """What tidy says about a tree of these files {path: text}, as `path:line: advice` lines."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in {"tests/tidy/layers.txt": LAYERS, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return [f"{path}:{number}: {advice}" for path, number, advice in tidy.breaches(root)]


def source(path, text):
    return breaches({path: text})


def function_of(lines, head="void f()"):
    return head + " {\n" + "  g();\n" * (lines - 2) + "}\n"


class IncludeRules(unittest.TestCase):
    def test_an_upward_include_is_caught(self):
        self.assertEqual(
            source("engine/base/a.cpp", '\n#include "engine/operator/operator.hpp"\n'),
            ["engine/base/a.cpp:2: engine/base may not include engine/operator/operator.hpp"])

    def test_a_downward_include_and_the_own_folder_are_fine(self):
        text = '#include "engine/base/result.hpp"\n#include "engine/operator/lane.hpp"\n#include <vector>\n'
        self.assertEqual(source("engine/operator/operator.cpp", text), [])

    def test_every_row_may_include_only_rows_above_it(self):
        layers, seen = tidy.Layers(LAYERS), set()
        for row, allowed in layers.rows.items():
            for entry in allowed:
                known = entry.rstrip("/")
                above = known in seen or any(folder.startswith(known) for folder in seen)
                self.assertTrue(above or tidy.cover([known], row) or tidy.cover(["tests"], known), (row, entry))
            seen.add(row)

    def test_operators_see_neither_topology_nor_runtime_nor_facade_nor_connectors_nor_each_other(self):
        for target in ["engine/topology/plan.hpp", "engine/runtime/router.hpp", "engine/engine.hpp",
                       "connectors/http/collector.hpp", "operators/profile/profile.hpp", "app/cli.hpp"]:
            found = breaches({"operators/ingest/parse.hpp": f'#pragma once\n#include "{target}"\n'})
            self.assertEqual(len(found), 1, target)

    def test_the_list_of_operators_may_include_operators(self):
        self.assertEqual(source("operators/builtin.cpp", '#include "operators/ingest/parse.hpp"\n'), [])

    def test_the_engine_below_its_facade_may_not_include_it(self):
        self.assertEqual(len(source("engine/runtime/a.cpp", '#include "engine/engine.hpp"\n')), 1)
        self.assertEqual(source("engine/engine.cpp", '#include "engine/runtime/router.hpp"\n'), [])
        self.assertEqual(source("app/main.cpp", '#include "engine/engine.hpp"\n'), [])

    def test_benches_see_of_the_tests_only_their_support(self):
        self.assertEqual(source("bench/micro/a.cpp", '#include "tests/support/generators.hpp"\n'), [])
        self.assertEqual(len(source("bench/micro/a.cpp", '#include "tests/unit/base/a.hpp"\n')), 1)

    def test_a_folder_without_a_row_is_caught(self):
        for path in ["engine/extra/a.cpp", "plugins/a.cpp", "a.cpp"]:
            self.assertIn("no row", source(path, "int a;\n")[0])

    def test_an_include_without_a_folder_is_caught(self):
        self.assertEqual(len(source("engine/base/a.cpp", '#include "b.hpp"\n')), 1)

    def test_a_third_party_header_appears_only_where_its_row_says(self):
        self.assertEqual(source("engine/runtime/a.cpp", "#include <oneapi/tbb/flow_graph.h>\n"), [])
        for header in ["oneapi/tbb/flow_graph.h", "rocksdb/db.h", "simdjson.h", "CLI/CLI.hpp", "boost/beast/http.hpp"]:
            found = source("engine/journal/a.cpp", f"#include <{header}>\n")
            self.assertEqual(found, [f"engine/journal/a.cpp:1: <{header}> may not appear here"])

    def test_an_unknown_dependency_is_caught(self):
        self.assertIn("does not know", source("app/a.cpp", "#include <nlohmann/json.hpp>\n")[0])


class SizeRules(unittest.TestCase):
    def test_a_file_may_have_400_lines(self):
        self.assertEqual(source("app/a.cpp", "int a();\n" * 400), [])
        self.assertIn("401 lines", source("app/a.cpp", "int a();\n" * 401)[0])

    def test_a_function_may_have_70_lines(self):
        heads = ["void f()", "TEST(Suite, Name)", "template <class T>\nbool X<T>::f(int a) const noexcept",
                 "X::X(int a) : a_{a}, b_{2}", "auto f() -> std::vector<std::pair<int, int>>", "int f(struct tm* t)", "bool A::operator==(const A& b) const"]
        for head in heads:
            self.assertEqual(source("app/a.cpp", function_of(70, head)), [], head)
            self.assertIn("a function of 71 lines", source("app/a.cpp", function_of(71, head))[0], head)

    def test_a_function_is_found_inside_namespaces_and_classes(self):
        text = "namespace a {\nclass B final : public C<int(int)> {\n public:\n" + function_of(71) + "};\n}\n"
        self.assertEqual(source("app/a.cpp", text), ["app/a.cpp:4: a function of 71 lines; 70 is the limit"])

    def test_braces_in_text_comments_and_macros_do_not_count(self):
        text = function_of(5, 'auto x = f("{", \'{\', R"({)"); // {\n/* {{ */\n#define OPEN {\nvoid g()')
        self.assertEqual(source("app/a.cpp", text + function_of(60)), [])
        self.assertEqual(len(source("app/a.cpp", text + function_of(71))), 1)

    def test_long_classes_and_tables_are_not_functions(self):
        table = "constexpr std::array<Row, 80> kRows = {{\n" + "  {1, 2},\n" * 80 + "}};\n"
        self.assertEqual(source("app/a.cpp", table + "struct A {\n" + "  int f() { return 1'000; }\n" * 80 + "};\n"), [])


class CallRules(unittest.TestCase):
    def test_a_banned_call_is_caught(self):
        for call in ["std::chrono::system_clock::now()", "std::chrono::steady_clock::now()", "std::random_device d",
                     "std::this_thread::sleep_for(1s)", "std::rand()", "std::getenv(name)", "std::stoi(text)",
                     "strtol(a, b, 10)", "atoi(text)", "using namespace std"]:
            self.assertEqual(len(source("engine/topology/a.cpp", f"{call};\n")), 1, call)

    def test_comments_and_literals_are_not_calls(self):
        self.assertEqual(source("engine/topology/a.cpp", 'auto a = "atoi(x)"; // std::rand()\n'), [])

    def test_the_edges_may_read_the_clock_and_the_engine_may_not(self):
        call = "auto a = std::chrono::steady_clock::now();\n"
        for path in ["app/a.cpp", "connectors/http/a.cpp", "tests/unit/base/a_test.cpp", "engine/runtime/clock.cpp"]:
            self.assertEqual(source(path, call), [])
        self.assertEqual(len(source("engine/runtime/router.cpp", call)), 1)

    def test_tests_may_not_sleep(self):
        self.assertEqual(len(source("tests/unit/base/a_test.cpp", "std::this_thread::sleep_for(1ms);\n")), 1)


class OtherRules(unittest.TestCase):
    def test_a_header_without_pragma_once_is_caught(self):
        self.assertIn("#pragma once", source("engine/base/a.hpp", "int a();\n")[0])

    def test_names_that_say_nothing_are_caught(self):
        for name in ["util.cpp", "json_helper.cpp", "common.cpp", "lane_manager.cpp", "store_impl.cpp"]:
            self.assertEqual(len(source(f"app/{name}", "int a();\n")), 1, name)
        self.assertEqual(source("app/commonality.cpp", "int a();\n"), [])

    def test_open_ends_and_machine_paths_are_caught_in_every_kind_of_file(self):
        for text in ["TO" + "DO: later", "FIX" + "ME", "see /wo" + "rk/main", "cd /tmp/w" + "t/a", "/ho" + "me/ann/x"]:
            for path in ["README.md", "scripts/test", "Makefile", "topologies/a.yaml"]:
                self.assertEqual(len(breaches({path: text + "\n"})), 1, (path, text))
        near = "https://example.com/wo" + "rk/a src/home/b /workflow mktemp /tmp/a.XXXXXX\n"
        self.assertEqual(breaches({"README.md": near}), [])

    def test_links_in_documents_lead_somewhere(self):
        text = "[a](docs/a.md#part) [b](https://example.com) [c](#d) `[e](f)`\n```\n[g](h)\n```\n[i](j.md)\n"
        self.assertEqual(breaches({"README.md": text, "docs/a.md": "A.\n"}),
                         ["README.md:5: the link to j.md leads nowhere"])

    def test_every_operator_has_its_test(self):
        operator = {"operators/ingest/dedupe.cpp": "int a();\n", "operators/builtin.cpp": "int b();\n"}
        self.assertIn("dedupe_test.cpp is missing", breaches(operator)[0])
        self.assertEqual(breaches({**operator, "tests/unit/operators/ingest/dedupe_test.cpp": "int c();\n"}), [])

    def test_a_name_stands_for_one_type_in_the_program(self):
        def at(inner):
            return f"namespace millrace {{\n{inner}\n}}  // namespace millrace\n"
        member = at("struct Member {\n  int a;\n};")
        found = breaches({"app/a.cpp": member, "engine/base/b.cpp": at("class Member final : public Base {\n};")})
        self.assertEqual(found, ["engine/base/b.cpp:2: millrace::Member is another type in app/a.cpp; "
                                 "name one of them otherwise"])
        for other in [at("struct Member;"), at("struct Other::Member {\n};"), member.replace("millrace {", "millrace::b {"),
                      at("namespace {\nstruct Member {\n};\n}  // namespace")]:
            self.assertEqual(breaches({"app/a.cpp": member, "engine/base/b.cpp": other}), [], other)
        self.assertEqual(breaches({"app/a.cpp": member, "tests/unit/b_test.cpp": member}), [])

    def test_what_is_built_is_not_checked(self):
        self.assertEqual(breaches({"build/dev/a.cpp": "using namespace std;\n", ".git": "/wo" + "rk/main\n"}), [])


if __name__ == "__main__":
    unittest.main()
