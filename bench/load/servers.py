"""The servers that the load benches measure, each on a free port of loopback and in a directory of its
own; both are gone at the end of a `with`."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30


class Millrace:
    """`millrace run` with topologies/shop.yaml and what `settings` adds to it."""

    def __init__(self, program, settings=""):
        self.program, self.settings = program, settings
        self.port, self.process = 0, None

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-load-"))
        shop = (ROOT / "topologies/shop.yaml").read_text()
        (self.directory / "shop.yaml").write_text(shop + self.settings)
        try:
            self.run()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self):
        """Starts it; returns when it is ready, with the seconds that this took."""
        start = time.monotonic()
        self.process = subprocess.Popen(
            [self.program, "run", self.directory / "shop.yaml", "--data", self.directory / "data",
             "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise RuntimeError(f"millrace run ended with {self.process.wait()} before it listened")
        while self.get("/readyz").status != 200:
            if time.monotonic() - start > READY_SECONDS_MAX:
                raise RuntimeError("millrace is not ready")
            time.sleep(0.005)
        return time.monotonic() - start

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()

    def metric(self, name):
        """The sum of a metric over its labels."""
        lines = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.get("/metrics").text, re.M)
        if not lines:
            raise KeyError(name)
        return sum(map(float, lines))

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


class Nginx:
    """nginx as it answers a pixel best: one worker, empty_gif, an access log with a buffer."""

    def __enter__(self):
        program = find_nginx()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-nginx-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        spool = "".join(f"{kind}_temp_path {self.directory}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.directory / "nginx.conf").write_text(f"""
            {"user root;" if os.getuid() == 0 else ""}
            daemon off; worker_processes 1; pid {self.directory}/pid; error_log {self.directory}/error.log;
            events {{ worker_connections 8192; }}
            http {{
              access_log {self.directory}/access.log combined buffer=64k flush=1s;
              keepalive_requests 100000000; {spool}
              server {{ listen 127.0.0.1:{port}; location = /pixel.gif {{ empty_gif; }} }}
            }}""")
        self.process = subprocess.Popen([program, "-e", self.directory / "error.log", "-c", self.directory / "nginx.conf"])
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.01)
        self.__exit__()
        raise RuntimeError("nginx does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def find_nginx():
    """Debian's nginx. Where it is not installed it is unpacked: installing it would start a service."""
    if installed := shutil.which("nginx"):
        return installed
    folder = ROOT / "build/bench/nginx"
    program = folder / "usr/sbin/nginx"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-qq", "download", "nginx"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["dpkg", "-x", next(folder.glob("nginx_*.deb")), folder], check=True)
    return program


def wrk(script, url, seconds, connections, environment=None):
    """One run of wrk; what its script said at the end."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", ROOT / "bench/load" / script, url]
    done = subprocess.run(command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False)
    found = re.findall(r"^RESULT (.*)$", done.stdout, re.M)
    if done.returncode or not found:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    return json.loads(found[0])
