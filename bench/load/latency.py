"""How long things take at 20,000 events a second: an acknowledgement; an event until the segment that it
changes is seen changed; reading a profile meanwhile."""
import http.client
import json
import subprocess
import time

from clients import Background, Client, paced, quantile
from servers import Millrace

RATE = 20_000
BATCH = 20
PROBES = 50     # a second: customers whose first purchase makes them a first_time_buyer
READS = 100     # a second
WARM_UP_SECONDS = 2


def latencies(bench):
    with Millrace(bench.program) as millrace:
        seconds = bench.seconds * 3
        load = subprocess.Popen(
            [bench.program, "simulate", "--to", millrace.url, "--rate", str(RATE), "--batch", str(BATCH),
             "--duration", f"{seconds + 2 * WARM_UP_SECONDS}s", "--seed", "1", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            time.sleep(WARM_UP_SECONDS)
            seen = Background(lambda: watch(millrace.port, seconds + 1))
            reads = Background(lambda: read(millrace.port, seconds))
            sent = probe(millrace.port, seconds)
            seen, reads = seen.join(), reads.join()
            out, _ = load.communicate(timeout=60)
        finally:
            load.kill()
            load.wait()
    report = json.loads(out)
    if report["refused"] or report["lost"]:
        raise RuntimeError(f"the load was not taken: {report}")
    changes = [(seen[position] - due) * 1e3 for position, due in sent.items() if position in seen]
    if len(changes) < len(sent) * 0.99:
        raise RuntimeError(f"of {len(sent)} changes {len(changes)} were seen")
    bench.found("rate of events taken meanwhile", report["rate"], "events/s")
    bench.found("acknowledged at 20 k/s, p50", report["latency_ms"]["p50"], "ms")
    bench.found("acknowledged at 20 k/s, p99", report["latency_ms"]["p99"], "ms", at_most=10)
    bench.found("event to segment change, p50", quantile(changes, 0.5), "ms", at_most=5)
    bench.found("event to segment change, p99", quantile(changes, 0.99), "ms", at_most=50)
    bench.found("profile read, p50", quantile(reads, 0.5), "ms")
    bench.found("profile read, p99", quantile(reads, 0.99), "ms", at_most=3)


def probe(port, seconds):
    """Makes customers buy; when each purchase was due, by its position."""
    client, sent = Client(port), {}
    for number, due in paced(PROBES, seconds):
        status, position = client.track(f"probe-{number}", "Order Completed", revenue=10)
        if status != 200:
            raise RuntimeError(f"a probe was answered {status}")
        sent[position] = due
    client.close()
    return sent


def watch(port, seconds):
    """When each entry into the segment was told, by the position of what caused it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds + 10)
    connection.request("GET", "/v1/live?kind=enter&segment=first_time_buyer")
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"/v1/live was answered {answer.status}")
    seen, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        line = answer.readline()
        if line.startswith(b"id:"):
            seen[int(line[3:].split(b".")[0])] = time.monotonic()
    connection.close()
    return seen


def read(port, seconds):
    """How long reads of a profile took, in milliseconds since they were due."""
    client, took = Client(port), []
    for number, due in paced(READS, seconds):
        status, _, _ = client.ask("GET", f"/v1/profiles/user_id:probe-{number // (2 * READS // PROBES)}")
        if status not in (200, 404):
            raise RuntimeError(f"a read was answered {status}")
        took.append((time.monotonic() - due) * 1e3)
    client.close()
    return took
