"""What becomes of a server, and of a well-behaved client, that others overload."""
import http.client
import json
import subprocess
import threading
import time

from clients import Background, Client, paced, quantile
from servers import Millrace, wrk

SETTINGS = """
memory: 1GiB
store: {memory: 64MiB}
journal: {memory: 64MiB, pending: 64MiB, retain: 4GiB}
intake: {queue: 1MiB}
server: {bodies_max: 64MiB, connections_per_address_max: 6000}
"""
CONNECTIONS = 3000
EVENTS_OF_A_BATCH = 2500  # 300 kB: all connections together have many times what there is room for
# What the settings allow for in sum: memory, store.memory, journal.memory and .pending, bodies_max, intake.queue, in_flight (16 batches of
# 256 KiB, 1 MiB with what parsing makes of them), and head_max (32 KiB) a connection.
LIMIT_BYTES = ((1024 + 64 + 64 + 64 + 64 + 1 + 16) << 20) + (CONNECTIONS << 15)
CAREFUL_RATE = 20
CAREFUL_CLIENTS = 5  # so many share the rate: one alone would fall behind its own times while an answer takes 80 ms, and take those along
CATCHING_UP_SECONDS_MAX = 1800
SLOW_CONNECTIONS = 2000
SLOW_WAYS = {"headers": ["-H", "-i", "5"], "body": ["-B", "-i", "5"], "reading": ["-X", "-n", "5", "-w", "1", "-y", "16", "-z", "8", "-k", "3"]}


class Careful:
    """A client of another address that sends an event now and then, again where it was refused."""

    def __init__(self, name, port, rate, seconds, stop=None):
        self.name, self.port, self.rate, self.seconds, self.stop = name, port, rate, seconds, stop
        self.took, self.tries, self.failures, self.users = [], 0, 0, []

    def run(self):
        client = Client(self.port, source="127.0.0.2")
        for number, due in paced(self.rate, self.seconds, self.stop):
            user = f"{self.name}-{number}"
            while not self.taken(client, user):
                if self.stop and self.stop.is_set():
                    return self
                time.sleep(0.2)
            self.took.append((due, time.monotonic() - due))
            self.users.append(user)
        client.close()
        return self

    def taken(self, client, user):
        self.tries += 1
        try:
            status, _ = client.track(user, "Order Completed", revenue=1)
        except (OSError, http.client.HTTPException):
            status = 0
        self.failures += status != 200
        return status == 200


def missing(millrace, users):
    """Those of the users whose purchase is not in their profile, or not once."""
    client = Client(millrace.port, timeout=60)
    _, position = client.track("mark", "Mark")
    end = time.monotonic() + CATCHING_UP_SECONDS_MAX
    while client.ask("GET", f"/v1/profiles/user_id:mark?after={position}")[0] != 200:
        if time.monotonic() > end:
            raise RuntimeError(f"what was accepted is not processed after {CATCHING_UP_SECONDS_MAX} s")
    gone = []
    for user in users:
        status, _, body = client.ask("GET", f"/v1/profiles/user_id:{user}")
        if status != 200 or json.loads(body)["features"].get("orders_365d") != 1:
            gone.append(user)
    return gone


def overload(bench):
    seconds = 60 if bench.seconds >= 5 else bench.seconds
    with Millrace(bench.program, SETTINGS) as millrace:
        calm = Careful("calm", millrace.port, CAREFUL_RATE, max(1, seconds / 10)).run()
        stop, processed = threading.Event(), threading.Event()
        careful = [Careful(f"careful-{number}", millrace.port, CAREFUL_RATE / CAREFUL_CLIENTS, seconds + 10, stop)
                   for number in range(CAREFUL_CLIENTS)]
        running = [Background(client.run) for client in careful]
        largest = Background(lambda: largest_resident(millrace, processed))
        run = wrk("overload.lua", f"{millrace.url}/v1/batch", seconds, CONNECTIONS,
                  {"EVENTS_OF_A_BATCH": str(EVENTS_OF_A_BATCH)})
        end = time.monotonic()
        time.sleep(8)
        stop.set()
        for client in running:
            client.join()
        users = [user for client in careful for user in client.users]
        before = quantile([took for _, took in calm.took], 0.99)
        after = quantile([took for client in careful for due, took in client.took if due > end + 2] or [float("inf")], 0.99)
        gone = missing(millrace, users)
        caught_up = time.monotonic() - end
        processed.set()
        accepted = run["requests"] - run["refused"]
        print(f"overload: {run}, careful clients: {len(users)} sent, {sum(client.failures for client in careful)} tries refused, "
              f"all processed {caught_up:.0f} s after it")
    if gone:
        raise RuntimeError(f"{len(gone)} accepted events are missing, such as that of {gone[0]}")
    bench.found("overload, offered", run["requests"] * EVENTS_OF_A_BATCH / run["seconds"], "events/s")
    bench.found("overload, accepted", accepted * EVENTS_OF_A_BATCH / run["seconds"], "events/s")
    bench.found("overload, offered for each accepted", run["requests"] / accepted, "")
    bench.found("overload, memory", largest.join() / 2**20, "MiB", at_most=1.1 * LIMIT_BYTES / 2**20)
    bench.found("client before the overload, p99", before * 1e3, "ms")
    bench.found("client 2 s after the overload, p99", after * 1e3, "ms", at_most=max(10, 3 * before * 1e3))


def largest_resident(millrace, processed):
    largest = 0
    while not processed.wait(0.1):
        largest = max(largest, millrace.resident_bytes())
    return largest


def slow_clients(bench):
    with Millrace(bench.program, SETTINGS) as millrace:
        for way, options in SLOW_WAYS.items():
            seconds = max(3, bench.seconds * 3)
            path = "/v1/batch" if way == "body" else "/pixel.gif"
            slow = subprocess.Popen(["slowhttptest", "-c", str(SLOW_CONNECTIONS), "-r", "1000", "-l", str(seconds), "-p", "2",
                                     *options, "-u", millrace.url + path],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                careful = Careful("careful", millrace.port, CAREFUL_RATE, seconds).run()
            finally:
                slow.kill()
                slow.wait()
            good = 100 * (careful.tries - careful.failures) / careful.tries
            bench.found(f"served beside 2,000 slow, {way}", good, "%", at_least=95)
