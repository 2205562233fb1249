"""Cases of tests/integrations/api: the real monitor, its local API and clients of all kinds."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

PROGRAM = sys.argv[1]
PORT = 8787
BASE = f"http://127.0.0.1:{PORT}"
TOKEN = "token-of-these-tests"
DESCRIPTION = "docs/reference/openapi.json"
SSE_CLIENTS = 1000
SSE_LIMIT_KIB = 12 * 1024
EXAMPLES = os.environ.get("NETLOG_API_EXAMPLES", "300")
RANDOM_REQUESTS = 10_000


class LeftOut(Exception):
    """A case that cannot be run here."""


class Monitor:
    """The real program with a folder of its own."""

    def __init__(self, config=None, token=""):
        self.folder = tempfile.TemporaryDirectory(prefix="netlog-api-")
        config = {"api_enabled": True, "api_listen": f"127.0.0.1:{PORT}", **(config or {})}
        self.write("config.json", config)
        if token:
            self.write("secrets.json", {"api_token": token})
        path = self.folder.name
        self.log = open(os.path.join(path, "output"), "w+b")
        command = [PROGRAM, "--config", os.path.join(path, "config.json"), "--log-dir", os.path.join(path, "logs"),
                   "monitor"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def write(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file)

    def output(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def __enter__(self):
        for _ in range(100):
            if self.process.poll() is not None:
                raise AssertionError(f"the monitor ended: {self.output()}")
            try:
                if ask("GET", "/healthz")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the API does not answer: {self.output()}")

    def __exit__(self, *_):
        alive = self.process.poll() is None
        if alive:
            self.process.terminate()
            self.process.wait(30)
        text = self.output()
        self.log.close()
        self.folder.cleanup()
        assert alive, f"the monitor ended early: {text}"
        assert "panicked" not in text, text

    def rss(self):
        """Resident memory in KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def ask(method, path, body=None, fields=(), timeout=130):
    """Returns status, header fields and text of an answer."""
    request = urllib.request.Request(BASE + path, body, dict(fields), method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


JSON = {"Content-Type": "application/json"}


def connect():
    return socket.create_connection(("127.0.0.1", PORT), timeout=60)


def events(token=""):
    """Opens the event stream and returns its socket after the first event."""
    client = connect()
    field = f"Authorization: Bearer {token}\r\n" if token else ""
    client.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAccept: text/event-stream\r\n"
                   f"User-Agent: tests\r\nAccept-Encoding: gzip, deflate\r\n{field}\r\n".encode())
    read_event(client, b"\r\n\r\nevent: state\ndata: ")
    return client


def read_event(client, expected=b"event: state\ndata: "):
    data = b""
    while expected not in data or not data.endswith(b"\n\n"):
        part = client.recv(65536)
        assert part, f"the stream ended after {data!r}"
        data += part
    return data


# ---------------------------------------------------------------------------------------------------------------------


def case_answers_of_a_running_monitor():
    with Monitor() as monitor:
        state = json.loads(ask("GET", "/api/v1/state")[2])
        assert state["version"] == 1 and state["running"] and state["site"] == "home", state
        status, _, text = ask("POST", "/api/v1/test", b"{}", JSON)
        assert status == 200, (status, text)
        result = json.loads(text)
        assert result["state"]["last_check"] is not None and result["ok"] == (result["status"] == "ok"), result
        status, _, text = ask("GET", "/api/v1/outages?from=2026-01-01")
        assert status == 200 and isinstance(json.loads(text)["outages"], list), (status, text)
        status, _, text = ask("POST", "/api/v1/analyze", b'{"last":"1d"}', JSON)
        assert status == 200 and isinstance(json.loads(text), dict), (status, text)
        assert json.loads(ask("GET", "/api/v1/openapi.json")[2])["openapi"] == "3.1.0"
        assert monitor.threads() < 40, monitor.threads()


def case_one_test_at_a_time():
    with Monitor():
        statuses = []
        threads = [threading.Thread(target=lambda: statuses.append(ask("POST", "/api/v1/test", b"{}", JSON)[0]))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) == {200, 409}, statuses
        assert ask("POST", "/api/v1/test", b"{}", JSON)[0] == 200


def case_guard():
    with Monitor(token=TOKEN):
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        for expected, method, path, fields in [
            (200, "GET", "/healthz", {}),
            (401, "GET", "/api/v1/state", {}),
            (401, "GET", f"/api/v1/state?token={TOKEN}", {}),
            (401, "GET", "/metrics", {"Authorization": "Bearer x"}),
            (200, "GET", "/metrics", bearer),
            (421, "GET", "/api/v1/state", {**bearer, "Host": "evil.example"}),
            (403, "GET", "/api/v1/state", {**bearer, "Origin": "http://evil.example"}),
            (403, "OPTIONS", "/api/v1/test", {"Origin": "null", "Access-Control-Request-Method": "POST"}),
            (415, "POST", "/api/v1/test", {**bearer, "Content-Type": "text/plain"}),
            (404, "GET", "/", bearer),
            (405, "PUT", "/api/v1/state", bearer),
        ]:
            status, headers, _ = ask(method, path, b"{}" if method == "POST" else None, fields)
            assert status == expected, (method, path, fields, status)
            assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert not [name for name in headers if name.lower().startswith("access-control")], headers


def case_beyond_loopback_only_with_a_token():
    monitor = Monitor({"api_listen": f"0.0.0.0:{PORT}"})
    try:
        deadline = time.time() + 20
        while time.time() < deadline and "netlog integrations token --new" not in monitor.output():
            time.sleep(0.1)
        assert "netlog integrations token --new" in monitor.output(), monitor.output()
        try:
            connect().close()
            raise AssertionError("it listens without a token")
        except ConnectionRefusedError:
            pass
    finally:
        if monitor.process.poll() is None:
            monitor.process.terminate()
            monitor.process.wait(30)
        monitor.log.close()
        monitor.folder.cleanup()
    with Monitor({"api_listen": f"0.0.0.0:{PORT}"}, TOKEN):
        assert ask("GET", "/metrics")[0] == 401
        assert ask("GET", "/metrics", fields={"Authorization": f"Bearer {TOKEN}"})[0] == 200


def case_metrics_are_clean():
    with Monitor({"metrics_alias_smokeping": True}):
        ask("POST", "/api/v1/test", b"{}", JSON)
        _, headers, text = ask("GET", "/metrics")
        assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", headers
        assert "\r" not in text
        names = {family.name for family in read_text(text)}
        assert {"netlog_build_info", "netlog_measured", "netlog_status", "netlog_outages"} <= names, names
        series = [line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")]
        assert len(series) == len(set(series)), "a series stands there twice"
        _, headers, text = ask("GET", "/metrics", fields={"Accept": "application/openmetrics-text;version=1.0.0"})
        assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8", headers
        assert {family.name for family in read_openmetrics(text)} == names
        if not os.environ.get("PROMTOOL"):
            raise LeftOut("promtool cannot be had")
        text = ask("GET", "/metrics")[2]
        checked = subprocess.run([os.environ["PROMTOOL"], "check", "metrics"], input=text, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        complaints = [line for line in checked.stdout.splitlines() if not line.startswith("smokeping_")]
        assert not complaints and (checked.returncode == 0 or checked.stdout), checked


def case_hostile_clients():
    with Monitor() as monitor:
        ask("POST", "/api/v1/test", b"{}", JSON)
        files = monitor.open_files()
        before = monitor.rss()
        # Heads that never end.
        slow = [connect() for _ in range(200)]
        for client in slow:
            client.sendall(b"GET /api/v1/state HT")
        assert ask("GET", "/healthz")[0] == 200
        # Garbage, and requests that are cut anywhere.
        rng = random.Random(1)
        request = f"POST /api/v1/test HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Length: 9\r\n\r\n{{}}".encode()
        for n in range(2000):
            text = rng.randbytes(rng.randrange(1, 2000)) if n % 2 else request[:rng.randrange(1, len(request))]
            client = connect()
            try:
                client.sendall(text)
            except OSError:
                pass
            client.close()
        # A body of 1 GiB, announced and not.
        head = f"POST /api/v1/test HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Type: application/json\r\n"
        for length in ("Content-Length: 1073741824", "Transfer-Encoding: chunked"):
            client = connect()
            sent = send_much(client, f"{head}{length}\r\n\r\n".encode(), length.startswith("Transfer"))
            answer = b""
            try:
                answer = client.recv(4096)
            except OSError:
                pass
            client.close()
            assert sent < 64 << 20, f"{sent} bytes were taken"
            assert answer == b"" or answer.startswith(b"HTTP/1.1 413 "), answer
        # Many fields, long fields, requests one after another without reading the answers.
        for text in (b"X: y\r\n" * 100_000, b"X: " + b"y" * 1_000_000):
            client = connect()
            try:
                client.sendall(b"GET / HTTP/1.1\r\n" + text + b"\r\n\r\n")
            except OSError:
                pass
            client.close()
        client = connect()
        client.settimeout(1)
        try:
            while True:
                client.sendall(f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode() * 1000)
        except OSError:
            pass
        assert ask("GET", "/healthz")[0] == 200
        client.close()
        # All who do not send a head in time are gone, and nothing is left of them.
        deadline = time.time() + 40
        while time.time() < deadline and monitor.open_files() > files + 3:
            time.sleep(0.5)
        for client in slow:
            client.close()
        assert monitor.open_files() <= files + 3, (files, monitor.open_files())
        grown = monitor.rss() - before
        print(f"  memory after hostile clients: {grown:+} KiB")
        assert grown < 8 * 1024, grown


def send_much(client, head, is_chunked):
    """Sends up to 1 GiB and returns how much was taken."""
    part = b" " * 65536
    if is_chunked:
        part = b"10000\r\n" + part + b"\r\n"
    sent = 0
    try:
        client.sendall(head)
        while sent < 1 << 30:
            client.sendall(part)
            sent += len(part)
    except OSError:
        pass
    return sent


def case_thousand_clients_of_the_stream():
    with Monitor() as monitor:
        events().close()
        ask("POST", "/api/v1/test", b"{}", JSON)
        time.sleep(1)
        threads = monitor.threads()
        before = monitor.rss()
        clients = [events() for _ in range(SSE_CLIENTS)]
        opened = monitor.rss()
        ask("POST", "/api/v1/test", b"{}", JSON)
        for client in clients:
            read_event(client)
        after = monitor.rss()
        begin = time.time()
        ask("GET", "/api/v1/state")
        print(f"  memory of {SSE_CLIENTS} clients: {opened - before:+} KiB, after an event {after - before:+} KiB; "
              f"state beside them {(time.time() - begin) * 1000:.0f} ms")
        assert max(opened, after) - before <= SSE_LIMIT_KIB, (before, opened, after)
        assert monitor.threads() <= threads, (threads, monitor.threads())
        # Places are bounded, and come back.
        more, refused = [], None
        for _ in range(200):
            client = connect()
            client.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode())
            head = client.recv(100)
            more.append(client)
            if b" 503 " in head:
                refused = head
                break
        assert refused, "1200 clients were taken"
        assert ask("GET", "/healthz")[0] == 200
        for client in clients + more:
            client.close()
        time.sleep(1)
        assert monitor.open_files() < 200, monitor.open_files()
        events().close()


def case_random_requests():
    """Paths, queries, fields and bodies near what is right. Each answer is one that the description has."""
    with open(DESCRIPTION, encoding="utf-8") as file:
        described = json.load(file)["paths"]
    rng = random.Random(2)
    words = ["2026-11-01", "2026-11-31", "2026-11-01T08:00:00Z", "0000-01-01", "9999-12-31T23:59:60Z", "7d", "0d", "99999w",
             "", "-1", "null", "\u00e4\u2028", "x" * 5000, "%00", "1e999", "..", "{}", "[" * 200]
    seen = {}
    with Monitor() as monitor:
        ask("POST", "/api/v1/analyze", b'{"last":"1d"}', JSON)
        before = monitor.rss()
        for _ in range(RANDOM_REQUESTS):
            path = rng.choice([path for path in described if path != "/api/v1/events"])
            method = rng.choice(["GET", "GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "X"])
            fields = dict(JSON) if rng.random() < 0.8 else {"Content-Type": rng.choice(["text/plain", "x" * 300, ""])}
            if rng.random() < 0.1:
                fields[rng.choice(["Origin", "Host", "Accept", "Range", "Expect"])] = rng.choice(["null", "*", "a,b;q=x"])
            names = ["from", "to", "last", "x", "\u00e4"]
            if method == "POST":
                content = {rng.choice(names): rng.choice([*words, 1, None, [], {}]) for _ in range(rng.randrange(1, 3))}
                body = json.dumps(content).encode()
                if rng.random() < 0.2:
                    body = body[:rng.randrange(len(body))] + rng.randbytes(rng.randrange(4))
            else:
                body = None
            query = urllib.parse.urlencode([(rng.choice(names), rng.choice(words)) for _ in range(rng.randrange(3))])
            target = path + ("?" + query if query else "") + rng.choice(["", "", "", "/", "%2e", "//"])
            status, headers, text = ask(method, target, body, fields)
            seen[status] = seen.get(status, 0) + 1
            assert status in (200, 400, 403, 404, 405, 408, 409, 413, 415, 417, 421), (method, target, body, status, text)
            if status >= 400 and method != "HEAD" and headers["Content-Type"] == "application/json":
                assert set(json.loads(text)) == {"error", "remedy"}, text
        grown = monitor.rss() - before
        print(f"  answers: {dict(sorted(seen.items()))}, memory {grown:+} KiB")
        assert {200, 400, 403, 404, 405, 415, 421} <= set(seen), seen
        assert grown < 16 * 1024, grown


def case_requests_of_schemathesis():
    with Monitor(token=TOKEN) as monitor:
        ask("POST", "/api/v1/test", b"{}", {**JSON, "Authorization": f"Bearer {TOKEN}"})
        before = monitor.rss()
        with tempfile.TemporaryDirectory() as folder:
            # A period that ends before it begins is a period by the description and refused.
            config = os.path.join(folder, "schemathesis.toml")
            with open(config, "w", encoding="utf-8") as file:
                file.write('[checks]\npositive_data_acceptance.expected-statuses = ["2xx", 400, 409, 503]\n')
            schemathesis = os.path.join(os.path.dirname(sys.executable), "schemathesis")
            command = [schemathesis, "--config-file", config, "run", os.path.abspath(DESCRIPTION), "--url", BASE,
                       "--header", f"Authorization: Bearer {TOKEN}", "--exclude-path", "/api/v1/events",
                       "--phases", "examples,coverage,fuzzing", "--checks", "all", "--max-examples", EXAMPLES,
                       "--request-timeout", "130", "--continue-on-failure",
                       "--suppress-health-check", "all", "--seed", "1", "--no-color"]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
                                  check=False)
        made = re.search(r"(\d+) generated", done.stdout)
        print(f"  requests: {made and made.group(1)}, memory {monitor.rss() - before:+} KiB")
        assert done.returncode == 0, done.stdout[-6000:]
        assert made and int(made.group(1)) >= min(1000, int(EXAMPLES)), done.stdout[-3000:]
        assert monitor.rss() - before < 16 * 1024


def main():
    cases = {name[5:]: case for name, case in globals().items() if name.startswith("case_")}
    chosen = sys.argv[2:] or list(cases)
    passed, failed = 0, []
    for name in chosen:
        begin = time.time()
        try:
            cases[name]()
            passed += 1
            print(f"{name}: ok, {time.time() - begin:.1f} s", flush=True)
        except LeftOut as reason:
            print(f"LEFT OUT: a part of {name}: {reason}", flush=True)
            passed += 1
        except Exception as error:  # a case that fails must not end the others
            failed.append(name)
            print(f"{name}: FAILED: {type(error).__name__}: {error}", flush=True)
    word = "FAILED" if failed else "ok"
    print(f"test result: {word}. {passed} passed; {len(failed)} failed; 0 ignored")
    sys.exit(1 if failed else 0)


main()
