"""Clients that the load benches measure with. Each has a connection of its own and knows when what it
does was due, so that a late answer also counts for what had to wait behind it."""
import http.client
import json
import threading
import time


class Client:
    """POSTs and GETs over one connection, made anew after an error."""

    def __init__(self, port, source="127.0.0.1", timeout=10):
        self.port, self.source, self.timeout, self.connection = port, source, timeout, None

    def ask(self, method, path, body=None):
        """(status, headers, body); raises OSError or HTTPException where there is no answer."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout,
                                                         source_address=(self.source, 0))
        try:
            self.connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def track(self, user, event, **properties):
        """Sends an event: (status, its position in the journal)."""
        body = {"writeKey": "bench", "userId": user, "event": event, "properties": properties}
        status, headers, _ = self.ask("POST", "/v1/track", json.dumps(body))
        return status, int(headers.get("X-Millrace-Position", -1))

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def paced(rate, seconds, stop=None):
    """Yields (number, when it was due) so many times a second."""
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        due = start + number / rate
        while (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        if stop and stop.is_set():
            return
        yield number, due


class Background:
    """Runs a function beside the others; join() gives what it returned, or raises what it raised."""

    def __init__(self, work):
        self.result = self.error = None
        self.thread = threading.Thread(target=self.run, args=(work,), daemon=True)
        self.thread.start()

    def run(self, work):
        try:
            self.result = work()
        except Exception as error:  # raised again in join()
            self.error = error

    def join(self):
        self.thread.join()
        if self.error:
            raise self.error
        return self.result


def quantile(values, q):
    """The smallest value that at least this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]
