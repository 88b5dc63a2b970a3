"""Makes uap-core's regexes.yaml (Debian's package uap-core) a C++ table, so that it is part of the program.

    python3 user_agent_table.py REGEXES.yaml TABLE.hpp

The file is lists of maps of single-quoted texts, one a line; a line that is anything else is an error.
"""
import re
import sys

LISTS = {
    "user_agent_parsers": ("kBrowserPatterns", ["family", "v1", "v2", "v3"]),
    "os_parsers": ("kSystemPatterns", ["os", "os_v1", "os_v2", "os_v3", "os_v4"]),
    "device_parsers": ("kDevicePatterns", ["device", "brand", "model"]),
}
LINE = re.compile(r"\s*(?:#.*)?|(?P<list>\w+):\s*|\s+(?P<new>- )?\s*(?P<key>\w+): '(?P<text>(?:[^']|'')*)'\s*(?:#.*)?")


def read(lines):
    """{list: [{key: text}]}"""
    lists, items = {}, None
    for number, line in enumerate(lines, 1):
        match = LINE.fullmatch(line.rstrip("\n"))
        if match is None:
            sys.exit(f"line {number} is not what this program can read: {line}")
        if match["list"]:
            items = lists[match["list"]] = []
        elif match["key"]:
            if match["new"]:
                items.append({})
            items[-1][match["key"]] = match["text"].replace("''", "'")
    return lists


def row(pattern, parts):
    known = {"regex", "regex_flag", *(part + "_replacement" for part in parts)}
    if unknown := pattern.keys() - known:
        sys.exit(f"{unknown} is not known, at {pattern['regex']}")
    texts = [f'R"~({pattern.get(part + "_replacement", "")})~"' for part in parts]
    any_case = "true" if pattern.get("regex_flag") == "i" else "false"
    return f'    {{R"~({pattern["regex"]})~", {any_case}, {{{", ".join(texts)}}}}},\n'


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        lists = read(file)
    out = "// Made by user_agent_table.py.\n#pragma once\n\n#include \"operators/enrichment/pattern_list.hpp\"\n\nnamespace millrace {\n"
    for name, (table, parts) in LISTS.items():
        out += f"\ninline constexpr UserAgentPattern {table}[] = {{\n"
        out += "".join(row(pattern, parts) for pattern in lists[name]) + "};\n"
    with open(target, "w", encoding="utf-8") as file:
        file.write(out + "\n}  // namespace millrace\n")


if __name__ == "__main__":
    main()
