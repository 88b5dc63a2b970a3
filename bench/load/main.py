#!/usr/bin/env python3
"""The program as a server, under load; what was found goes beside what the other benches found.

    bench/load/main.py build/release/app/millrace                      all of it, some minutes
    bench/load/main.py PROGRAM --seconds 1 --rounds 1 --only pixels    a short look

Every load is bounded, goes to this machine only, and ends with the bench. Ends with 1 where a figure is
beyond its limit.
"""
import argparse
import json
import pathlib
import resource
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import front_door  # noqa: E402
import latency  # noqa: E402
import overload  # noqa: E402
import restart  # noqa: E402
from servers import ROOT  # noqa: E402

BENCHES = {
    "pixels": front_door.pixels,
    "batches": front_door.batches,
    "latency": latency.latencies,
    "overload": overload.overload,
    "slow": overload.slow_clients,
    "restart": restart.restart,
}


class Bench:
    """What a bench is to do, and where it says what it found."""

    def __init__(self, options):
        self.program, self.seconds, self.rounds = options.program, options.seconds, options.rounds
        self.command, self.findings, self.beyond = "", [], []

    def found(self, name, value, unit, against=None, at_least=None, at_most=None):
        finding = {"name": name, "value": value, "unit": unit}
        if against:
            finding["against"] = against
            finding["ratio"] = value / next(other["value"] for other in self.findings if other["name"] == against)
        finding["command"] = self.command
        self.findings.append(finding)
        measured = finding.get("ratio", value)
        if (at_least is not None and measured < at_least) or (at_most is not None and measured > at_most):
            self.beyond.append(f"{name}: {measured:.3g}, and the limit is {at_least if at_least is not None else at_most}")
        ratio = f"{finding['ratio']:.3f}" if against else ""
        print(f"{name:<34} {value:>14.{2 if value < 100 else 0}f} {unit:<12} {ratio:>7}  {against or ''}".rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=5, help="of a run of the load")
    parser.add_argument("--rounds", type=int, default=3, help="that alternate, where two are compared")
    parser.add_argument("--only", default=",".join(BENCHES), help="which, with commas between")
    options = parser.parse_args()
    options.program = options.program.resolve()
    # Thousands of connections, at both ends.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    bench = Bench(options)
    for name in options.only.split(","):
        bench.command = f"bench/load/main.py {options.program.relative_to(ROOT)} --seconds {options.seconds} --rounds {options.rounds} --only {name}"
        BENCHES[name](bench)

    path = ROOT / "build/bench/summary.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {finding["name"] for finding in bench.findings}
    others = json.loads(path.read_text()) if path.exists() else []
    findings = [finding for finding in others if finding["name"] not in names] + bench.findings
    path.write_text(json.dumps(findings, indent=2) + "\n")
    for line in bench.beyond:
        print(f"beyond its limit: {line}", file=sys.stderr)
    return 1 if bench.beyond else 0


if __name__ == "__main__":
    sys.exit(main())
