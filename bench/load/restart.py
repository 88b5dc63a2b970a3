"""How long a server that was killed takes to be ready again, with a gigabyte of journal."""
from front_door import BATCH_CONNECTIONS, sample_events
from servers import Millrace, wrk

# Not packed, so that a gigabyte is soon there.
SETTINGS = "\njournal: {codec: none}\n"
JOURNAL_BYTES = 1 << 30
ROUNDS_MAX = 40


def restart(bench):
    events = sample_events(bench)
    aim = JOURNAL_BYTES if bench.seconds >= 5 else 32 << 20
    with Millrace(bench.program, SETTINGS) as millrace:
        for _ in range(ROUNDS_MAX):
            wrk("batch.lua", f"{millrace.url}/v1/batch", 5 if bench.seconds >= 5 else 1, BATCH_CONNECTIONS,
                {"EVENTS": str(events)})
            size = sum(path.stat().st_size for path in (millrace.directory / "data").rglob("*") if path.is_file())
            if size >= aim:
                break
        else:
            raise RuntimeError(f"the journal has {size} bytes only")
        millrace.kill()
        seconds = millrace.run()
    bench.found("journal at a restart", size / 2**20, "MiB")
    bench.found("killed, until ready again", seconds, "s", at_most=5)
