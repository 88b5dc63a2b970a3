"""How many requests the front door takes: single pixels, beside nginx, and batches of events."""
import json
import subprocess

from servers import ROOT, Millrace, Nginx, wrk

CONNECTIONS = (512, 2048)  # browsers that keep theirs open: a shop's on an hour, and on its day
SETTINGS = "server: {connections_per_address_max: 6000}\n"
BATCH_CONNECTIONS = 16
EVENTS_OF_A_BATCH = 100


def pixels(bench):
    for connections in CONNECTIONS:
        pixels_of(bench, connections)


def pixels_of(bench, connections):
    """The best of rounds that alternate, so that noise of the machine hits both alike."""
    ours = theirs = 0
    with Nginx() as nginx, Millrace(bench.program, SETTINGS) as millrace:
        for _ in range(bench.rounds):
            for server in (nginx, millrace):
                run = wrk("pixel.lua", f"{server.url}/pixel.gif", bench.seconds, connections)
                if run["refused"] or run["broken"]:
                    raise RuntimeError(f"{type(server).__name__}: {run}")
                rate = run["requests"] / run["seconds"]
                ours, theirs = (max(ours, rate), theirs) if server is millrace else (ours, max(theirs, rate))
    nginx_pixel = f"nginx empty_gif, {connections} clients"
    bench.found(nginx_pixel, theirs, "requests/s")
    bench.found(f"pixel and all behind, {connections} clients", ours, "requests/s", against=nginx_pixel, at_least=0.7)


def batches(bench):
    best = {"events": 0, "bytes": 0}
    events = sample_events(bench)
    size = sum(map(len, events.read_text().splitlines())) / 10_000
    with Millrace(bench.program) as millrace:
        for _ in range(bench.rounds):
            run = wrk("batch.lua", f"{millrace.url}/v1/batch", bench.seconds, BATCH_CONNECTIONS, {"EVENTS": str(events)})
            if run["refused"] or run["broken"]:
                raise RuntimeError(f"batches were refused: {run}")
            rate = run["requests"] * EVENTS_OF_A_BATCH / run["seconds"]
            best = max(best, {"events": rate, "bytes": rate * size}, key=lambda found: found["events"])
    bench.found("batches of 100 events, synced", best["events"], "events/s")
    bench.found("batches of 100 events, bytes", best["bytes"] / 1e6, "MB/s")


def sample_events(bench):
    """Ten thousand events of simulated shoppers, without times: they happen when they come."""
    path = ROOT / "build/bench/events.ndjson"
    made = subprocess.run([bench.program, "simulate", "--events", "10000", "--seed", "1"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lines = []
    for line in made.splitlines():
        event = json.loads(line)
        for time in ("timestamp", "sentAt"):
            event.pop(time, None)
        lines.append(json.dumps(event, separators=(",", ":"), ensure_ascii=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path
