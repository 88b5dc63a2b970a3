"""Rules that no compiler checks: who may include whom, how long files and functions may be, which names
and calls are banned, which tests must exist, whether the documents' links lead anywhere.

    python3 tests/tidy/tidy.py [ROOT]

Prints one line for each breach, `path:line: what to do`, and exits 1 if there is any.
"""
import pathlib
import re
import sys

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
SKIPPED_FOLDERS = {"build", "data", "node_modules", "__pycache__"}
SOURCE_SUFFIXES = {".hpp", ".cpp"}
TEXT_SUFFIXES = {".hpp", ".cpp", ".py", ".md", ".txt", ".cmake", ".json", ".yaml", ".yml", ".ts", ".tsx", ".sh", ".in", ""}
BANNED_NAME = re.compile(r"(^|_)(util|utils|helper|helpers|common|misc|manager|impl)(_|$)")

# Call, what to do instead, and where it is allowed all the same (a folder with all below it, or a file).
BANNED_CALLS = [
    (r"\b(system|steady|high_resolution)_clock::now\b|\b(clock_)?gettime(ofday)?\s*\(",
     "read the lane's clock; only the edges of the system know the time",
     ["app", "connectors", "bench", "tests", "engine/runtime/clock.hpp", "engine/runtime/clock.cpp"]),
    (r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\(",
     "wait for what you need (a condition, a future, a timer), not for time",
     ["app", "connectors", "bench"]),
    (r"\bstd::rand\b|\bs?rand\s*\(|\brandom_device\b|\bmt19937",
     "take random numbers from a seeded millrace::Random", []),
    (r"\bgetenv\b", "take settings from the configuration", ["app", "engine/config", "tests"]),
    (r"\bstd::sto(i|l|ll|ul|ull|f|d|ld)\b|\b(ato(i|l|ll|f)|strto(l|ul|ll|ull|f|d))\s*\(",
     "use std::from_chars: it has no locale, no exceptions and sees trailing characters", []),
    (r"\busing namespace std;", "name what you use", []),
]
# In pieces, so that this file does not break its own rules.
LEFT_OPEN = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(wo" r"rk|ho" r"me|ro" r"ot|tmp/w" r"t)(/|\b(?![\w.-]))")


def cover(folders, path):
    """Whether `path` is one of `folders`, or lies below one."""
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


class Layers:
    """What layers.txt says."""

    def __init__(self, text):
        self.rows = {}
        self.headers = []
        for line in text.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            names, _, allowed = line.partition(":")
            if names.startswith("<"):
                self.headers += [(name[1:], allowed.split()) for name in names.split()]
            else:
                self.rows[names] = allowed.split()

    def row_of(self, path):
        """The row for this file and the folder it stands for, or (None, None)."""
        folders = path.split("/")[:-1]
        for depth in range(len(folders), 0, -1):
            folder, parent = "/".join(folders[:depth]), "/".join(folders[:depth - 1])
            if folder in self.rows:
                has_subfolders = any(row.startswith(folder + "/") for row in self.rows)
                return (None, None) if has_subfolders and depth < len(folders) else (folder, folder)
            if parent and parent + "/*" in self.rows:
                return parent + "/*", folder
        return None, None

    def may_include(self, path, target):
        row, folder = self.row_of(path)
        _, target_folder = self.row_of(target)
        if row is None or target_folder is None:
            return False
        whole = [entry.rstrip("/") for entry in self.rows[row] if entry.endswith("/")]
        return target_folder == folder or target_folder in self.rows[row] or cover(whole, target)

    def may_use(self, path, header):
        """True for the standard library, else what the longest matching row says; None if there is no row."""
        if re.fullmatch(r"[a-z_0-9]+", header):
            return True
        rows = [(len(name), allowed) for name, allowed in self.headers if header.startswith(name)]
        return cover(max(rows)[1], path) if rows else None


def without_comments_and_strings(text):
    """The same text with comments and literals blanked; every line keeps its number."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
        r'|"(?:[^"\\\n]|\\.)*"|(?<![0-9a-fA-F])\'(?:[^\'\\\n]|\\.)+\'', re.S)
    return token.sub(lambda match: "\n" * match[0].count("\n") + " ", text)


def opens(head):
    """What a brace outside of functions opens, from the text between it and the previous ; { or }."""
    previous, head = None, re.sub(r"\boperator\s*[^\s\w(]+", "operator", head)
    while previous != head:
        previous, head = head, re.sub(r"\([^()]*\)", "\0", re.sub(r"<[^<>]*>", "", head))
    if re.search(r"\b(class|struct|union|enum|namespace|extern)\b", head):
        return "scope"
    return "function" if not head.strip() or ("\0" in head and "=" not in head) else "initializer"


def functions(code):
    """(first line, number of lines) of each function in `code`, which has no comments or literals."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match[0].count("\n"), code, flags=re.M)
    depth, start, kind, head_start = 0, 0, "scope", 0
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        if match[0] == "{" and depth == 0:
            kind, start = opens(code[head_start:at]), at
        if kind != "scope":
            depth += {"{": 1, "}": -1, ";": 0}[match[0]]
            if depth == 0 and kind == "function" and match[0] == "}":
                yield code.count("\n", 0, start) + 1, code.count("\n", start, at) + 1
        if depth == 0:
            kind, head_start = "scope", at + 1


def check_includes(path, text, layers):
    if layers.row_of(path)[0] is None:
        yield 1, "this folder has no row in tests/tidy/layers.txt"
        return
    for number, line in enumerate(text.splitlines(), 1):
        own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        other = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if own and "/" not in own[1]:
            yield number, f'name "{own[1]}" by its path from the root of the repository'
        elif own and not layers.may_include(path, own[1]):
            yield number, f"{layers.row_of(path)[1]} may not include {own[1]}"
        elif other and not (allowed := layers.may_use(path, other[1])):
            reason = "is a dependency that layers.txt does not know" if allowed is None else "may not appear here"
            yield number, f"<{other[1]}> {reason}"


def check_size(path, text, code):
    if text.count("\n") > FILE_LINES_MAX:
        yield 1, f"{text.count(chr(10))} lines; split it by idea, {FILE_LINES_MAX} is the limit"
    for number, lines in functions(code):
        if lines > FUNCTION_LINES_MAX:
            yield number, f"a function of {lines} lines; {FUNCTION_LINES_MAX} is the limit"


def check_calls(path, code):
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, advice, allowed in BANNED_CALLS:
            if (match := re.search(pattern, line)) and not cover(allowed, path):
                yield number, f"`{match[0].strip()}`: {advice}"


def check_source(path, text, layers):
    code = without_comments_and_strings(text)
    yield from check_includes(path, text, layers)
    yield from check_size(path, text, code)
    yield from check_calls(path, code)
    if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.M):
        yield 1, "a header says #pragma once"


def check_text(text):
    for number, line in enumerate(text.splitlines(), 1):
        if match := LEFT_OPEN.search(line):
            yield number, f"{match[0]}: do it, or write an issue"
        if match := MACHINE_PATH.search(line):
            yield number, f"`{match[0]}` is a path of one machine"


def check_links(path, text, root):
    text = re.sub(r"^```.*?^```", lambda match: "\n" * match[0].count("\n"), text, flags=re.M | re.S)
    for number, line in enumerate(text.splitlines(), 1):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"`[^`]*`", "", line)):
            outside = re.match(r"[a-z]+:", target)
            start = root if target.startswith("/") else (root / path).parent
            if not outside and not (start / target.lstrip("/")).exists():
                yield number, f"the link to {target} leads nowhere"


def check_tests(paths):
    tests = {pathlib.PurePath(path).name for path in paths if path.startswith("tests/unit/operators/")}
    for path in paths:
        stem = pathlib.PurePath(path).stem
        if path.startswith("operators/") and path.endswith(".cpp") and path != "operators/builtin.cpp":
            if f"{stem}_test.cpp" not in tests:
                yield path, 1, f"{stem}_test.cpp is missing below tests/unit/operators"


def types(text):
    """(line, full name) of each type that a source or header defines for the whole program."""
    spaces = []
    for number, line in enumerate(text.splitlines(), 1):
        if space := re.match(r"(?:inline )?namespace ?([\w:]*) ?\{", line):
            spaces.append(space[1])
        elif line.startswith("}  // namespace") and spaces:
            spaces.pop()
        elif (found := re.match(r"(?:struct|class|enum class) (\w+)(?: final)?(?: ?:[^:;]*)? ?\{", line)) and "" not in spaces:
            yield number, "::".join([*spaces, found[1]])


def files(root):
    for path in sorted(root.rglob("*")):
        folders = path.relative_to(root).parts[:-1]
        hidden = any(folder.startswith(".") and folder != ".ci" for folder in folders)
        skipped = hidden or path.name == ".git" or SKIPPED_FOLDERS & set(folders)
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not skipped:
            yield path


def breaches(root):
    """Every breach below `root` as (path, line, what to do)."""
    layers = Layers((root / "tests/tidy/layers.txt").read_text())
    paths, defined = [], {}
    for file in files(root):
        path = file.relative_to(root).as_posix()
        paths.append(path)
        text = file.read_text(errors="replace")
        found = list(check_text(text))
        if BANNED_NAME.search(file.stem.lower()):
            found.append((1, "name the file after what it is about"))
        if file.suffix in SOURCE_SUFFIXES:
            found += check_source(path, text, layers)
            # Each test program is one by itself.
            for number, name in types(text) if not path.startswith(("tests/", "bench/")) else []:
                if defined.setdefault(name, path) != path:
                    found.append((number, f"{name} is another type in {defined[name]}; name one of them otherwise"))
        if file.suffix == ".md":
            found += check_links(path, text, root)
        yield from ((path, number, advice) for number, advice in found)
    yield from check_tests(paths)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(breaches(root))
    for path, number, advice in found:
        print(f"{path}:{number}: {advice}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
