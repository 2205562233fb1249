"""Cases of tests/integrations/notify.

Each case has servers and a folder of its own. The notifications run in a process that can be killed: the helper among
the integration tests. Mail goes to aiosmtpd. The fakes of the services take what their published descriptions say and
refuse everything else.
"""

import http.server
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from email import message_from_bytes, policy

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

HELPER = sys.argv[1]
PASSWORD = "S3cret-word"
SHOWN = []


class Program:
    """The helper with its settings."""

    def __init__(self, folder, config, secrets):
        self.folder = folder
        for name, content in (("config.json", config), ("secrets.json", secrets)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                json.dump(content, file)
        self.start()

    def start(self):
        command = [HELPER, "notify::helper_that_notifies", "--exact", "--nocapture"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "NETLOG_NOTIFY_HELPER": self.folder, "TZ": "UTC"})
        self.read("ready")

    def read(self, beginning):
        for line in self.process.stdout:
            SHOWN.append(line)
            # The line of the test harness has no end before the first line of the helper.
            at = line.find(beginning)
            if at >= 0:
                return line[at:].rstrip("\n")
        raise AssertionError("the helper ended")

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def test(self, name):
        self.say("test " + name)
        return self.read("test ")[len("test "):]

    def status(self):
        self.say("status")
        found = {}
        while (line := self.read("status ")) != "status end":
            name, state, waiting, refused, error = line[len("status "):].split("|", 4)
            found[name] = {"state": state, "waiting": int(waiting), "refused": int(refused), "error": error}
        return found

    def memory(self):
        self.say("memory")
        return int(self.read("memory ").split()[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        began = time.monotonic()
        self.process.stdin.close()
        self.process.wait(10)
        return time.monotonic() - began


def wait_for(what, condition, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


# ----------------------------------------------------------------------------------------------------------------
# Fakes of the services.

class Fakes:
    """One web server for all services. Keeps what each took."""

    def __init__(self, tls=None, port=0):
        self.taken = {}
        self.refused = []
        self.answer = None
        fakes = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if fakes.answer:
                    status, headers, content = fakes.answer
                else:
                    status, headers, content = fakes.take(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                content = b"" if status == 204 else content.encode()
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.scheme = "http"
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://localhost:{self.port}"

    def take(self, method, path, headers, body):
        """The answer of the service that the path belongs to."""
        parts = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        route = (method, parts.path)
        content = json.loads(body) if headers.get("Content-Type", "").startswith("application/json") else body.decode()
        try:
            service, answer = self.serve(route, query, headers, content)
        except (AssertionError, KeyError, TypeError) as error:
            self.refused.append((route, repr(error)))
            return 400, {}, json.dumps({"error": "invalid request", "description": "invalid request"})
        self.taken.setdefault(service, []).append({"query": query, "content": content, "path": parts.path})
        return answer

    def serve(self, route, query, headers, content):
        ok = lambda value: (200, {}, json.dumps(value))
        # docs.ntfy.sh/publish, "Publish as JSON".
        if route == ("POST", "/"):
            assert set(content) <= {"topic", "message", "title", "tags", "priority", "actions", "click", "attach",
                                    "markdown", "icon", "filename", "delay", "email", "call"}
            assert re.fullmatch(r"[-_A-Za-z0-9]{1,64}", content["topic"]) and 1 <= content["priority"] <= 5
            assert len(content["message"].encode()) <= 4096 and all(isinstance(tag, str) for tag in content["tags"])
            assert headers["Authorization"] == "Bearer tk_" + PASSWORD
            return "ntfy", ok({"id": "x", "event": "message", "topic": content["topic"]})
        # gotify.net/api-docs.
        if route == ("POST", "/gotify/message"):
            assert headers["X-Gotify-Key"] == PASSWORD
            assert set(content) <= {"title", "message", "priority", "extras"} and isinstance(content["priority"], int)
            assert content["extras"]["client::display"]["contentType"] in ("text/plain", "text/markdown")
            return "gotify", ok({"id": 1, "appid": 1, "message": content["message"]})
        # swagger.yaml of caronc/apprise-api.
        if route == ("POST", "/notify/key"):
            assert set(content) <= {"title", "body", "type", "format", "tag"} and content["body"]
            assert content["type"] in ("info", "success", "warning", "failure")
            assert content["format"] in ("text", "markdown", "html")
            return "apprise", ok({"error": None, "details": []})
        if route == ("POST", "/notify/empty"):
            return "apprise", (204, {}, "")
        # docs.slack.dev, "Sending messages using incoming webhooks".
        if route == ("POST", "/services/T000/B000/" + PASSWORD):
            assert set(content) == {"text"} and not re.search(r"[<>]|&(?!amp;|lt;|gt;)", content["text"])
            return "slack", (200, {"Content-Type": "text/plain"}, "ok")
        # Discord developer documentation, "Execute Webhook".
        if route == ("POST", "/api/webhooks/1/" + PASSWORD):
            assert query == {"wait": "true"} and content["allowed_mentions"] == {"parse": []}
            embed, = content["embeds"]
            assert len(embed["title"]) <= 256 and len(embed["description"]) <= 4096
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", embed["timestamp"])
            assert 0 <= embed["color"] <= 0xffffff
            return "discord", ok({"id": "1", "type": 0})
        # core.telegram.org/bots/api, "sendMessage".
        if route == ("POST", f"/bot12:{PASSWORD}/sendMessage"):
            assert content["chat_id"] == -100123 and 1 <= len(content["text"]) <= 4096
            assert set(content) <= {"chat_id", "text", "disable_notification", "link_preview_options"}
            assert set(content["link_preview_options"]) == {"is_disabled"}
            return "telegram", ok({"ok": True, "result": {"message_id": 1}})
        # healthchecks.io/docs/http_api.
        if route[0] == "POST" and re.fullmatch(r"/hc/[-0-9a-f]{36}(/fail)?", route[1]):
            assert len(content) <= 100_000
            return "healthchecks", (200, {"Content-Type": "text/plain"}, "OK")
        # server/routers/api-router.js of louislam/uptime-kuma.
        if route == ("GET", "/api/push/" + PASSWORD):
            assert query["status"] in ("up", "down") and query["msg"]
            assert query["ping"] == "" or float(query["ping"]) >= 0
            return "uptime-kuma", ok({"ok": True})
        # README of TwiN/gatus, "External Endpoints".
        if route == ("POST", "/api/v1/endpoints/home_line/external"):
            assert headers["Authorization"] == "Bearer " + PASSWORD and query["success"] in ("true", "false")
            assert "duration" not in query or re.fullmatch(r"\d+(ns|us|ms|s)", query["duration"])
            return "gatus", (200, {}, "")
        # The own form: anything with the fields that the reference page tells.
        if route == ("POST", "/hook"):
            assert content["version"] == 1 and content["site"] == "home"
            assert {"id", "event_type", "time", "severity", "title", "body", "line"} <= set(content)
            return "json", (204, {}, "")
        raise AssertionError("no such route")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def webhooks(url):
    return [
        f"json {url}/hook user:{PASSWORD}",
        f"ntfy {url}/my_topic tk_{PASSWORD}",
        f"gotify {url}/gotify {PASSWORD}",
        f"apprise {url}/notify/key",
        f"slack {url}/services/T000/B000/{PASSWORD}",
        f"discord {url}/api/webhooks/1/{PASSWORD}",
        f"telegram {url}/?chat_id=-100123 12:{PASSWORD}",
    ]


def heartbeats(url):
    return [
        f"healthchecks {url}/hc/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278",
        f"uptime-kuma {url}/api/push/{PASSWORD}?status=up&msg=OK&ping=",
        f"gatus {url}/api/v1/endpoints/home_line/external {PASSWORD}",
    ]


# ----------------------------------------------------------------------------------------------------------------
# A real mail server.

class Mailbox:
    """Handler of aiosmtpd that keeps the mails."""

    def __init__(self):
        self.mails = []
        self.reply = "250 Message accepted for delivery"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.reply.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append((mail, envelope, session.ssl is not None, session.authenticated))
        return self.reply


class MailServer:
    def __init__(self, tls=None, is_wrapped=False, needs_login=False):
        self.box = Mailbox()
        # Not handled: the server itself says 535.
        authenticate = lambda server, session, envelope, mechanism, data: AuthResult(
            handled=False,
            success=isinstance(data, LoginPassword) and (data.login, data.password) == (b"me", PASSWORD.encode()))
        options = {"authenticator": authenticate, "auth_required": needs_login, "auth_require_tls": tls is not None,
                   "hostname": "127.0.0.1", "port": free_port()}
        if is_wrapped:
            options["ssl_context"] = tls
            options["auth_require_tls"] = False
        elif tls:
            options |= {"tls_context": tls, "require_starttls": True}
        self.controller = Controller(self.box, **options)
        self.controller.start()
        self.port = self.controller.port

    def close(self):
        self.controller.stop()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Authority:
    """A certificate authority, its file, and contexts of servers called localhost."""

    def __init__(self, folder):
        self.ca = trustme.CA()
        self.file = os.path.join(folder, "ca.pem")
        self.ca.cert_pem.write_to_path(self.file)

    def context(self, name="localhost"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name).configure_cert(context)
        return context


def mail_config(port, scheme="smtp", host="127.0.0.1", **more):
    return {"smtp_url": f"{scheme}://{host}:{port}", "smtp_from": "netlog@mail.example",
            "smtp_to": ["me@mail.example"], **more}


MAIL = "mail (me@mail.example)"


# ----------------------------------------------------------------------------------------------------------------
# Cases.

def case_every_service_takes_its_form(folder):
    authority = Authority(folder)
    fakes = Fakes(authority.context())
    config = {"push_ca_file": authority.file, "heartbeat_interval_sec": 10}
    program = Program(folder, config, {"webhooks": webhooks(fakes.url), "heartbeats": heartbeats(fakes.url)})
    program.say("up")
    for service in ("healthchecks", "uptime-kuma", "gatus"):
        wait_for(service, lambda: fakes.taken.get(service))
    program.say("down")
    program.say("opened 60")
    services = ("json", "ntfy", "gotify", "apprise", "slack", "discord", "telegram")
    for service in services:
        wait_for(service, lambda: len(fakes.taken.get(service, [])) == 1)
    program.say("closed 60 10")
    program.say("up")
    for service in services:
        wait_for(service, lambda: len(fakes.taken[service]) == 2)
    assert not fakes.refused, fakes.refused
    ended = fakes.taken["json"][1]["content"]
    assert ended["event_type"] == "outage_ended" and ended["outage"]["duration_s"] == 50.0, ended
    assert ended["outage"]["charged"] == "provider" and ended["outage"]["confidence"] == "high", ended
    assert "Length: 50.0 s ± 1.0 s" in ended["body"] and "Charged to: Provider" in ended["body"], ended
    assert fakes.taken["gatus"][0]["query"]["success"] == "true"
    for name in [*program.status()]:
        assert program.test(name) == "ok", name
    wait_for("rest", lambda: all(one["state"] in ("idle", "working") for one in program.status().values()))
    assert fakes.taken["json"][-1]["content"]["event_type"] == "test"
    program.stop()
    fakes.close()


def case_a_heartbeat_tells_a_line_that_is_down(folder):
    fakes = Fakes()
    program = Program(folder, {"heartbeat_interval_sec": 10}, {"heartbeats": heartbeats(fakes.url)})
    program.say("down")
    for service in ("healthchecks", "uptime-kuma", "gatus"):
        wait_for(service, lambda: fakes.taken.get(service))
    assert fakes.taken["healthchecks"][0]["path"].endswith("/fail")
    assert fakes.taken["uptime-kuma"][0]["query"]["status"] == "down"
    assert fakes.taken["gatus"][0]["query"] == {"success": "false", "error": "down: Access line"}
    time.sleep(11)
    assert len(fakes.taken["gatus"]) == 1, "a monitor that measures nothing sends none"
    program.say("up")
    wait_for("the next one", lambda: len(fakes.taken["gatus"]) == 2)
    assert fakes.taken["gatus"][1]["query"]["success"] == "true"
    program.stop()
    fakes.close()


def case_mail_on_loopback_is_plain(folder):
    server = MailServer()
    program = Program(folder, mail_config(server.port, notify_lang="de"), {})
    program.say("opened 60")
    wait_for("the first mail", lambda: len(server.box.mails) == 1)
    program.say("closed 60 10")
    wait_for("the second mail", lambda: len(server.box.mails) == 2)
    mail, envelope, is_secure, _ = server.box.mails[1]
    assert not is_secure and envelope.rcpt_tos == ["me@mail.example"] and envelope.mail_from == "netlog@mail.example"
    assert mail["Subject"] == "[home] Internet wieder da nach 50,0 s", mail["Subject"]
    assert mail["From"] == "netlog@mail.example" and mail["To"] == "me@mail.example"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Date"]
    assert re.fullmatch(r"<home-\d+-outage_ended@mail\.example>", mail["Message-ID"]), mail["Message-ID"]
    text = mail.get_content()
    assert "Angelastet: Anbieter" in text and "50,0 s ± 1,0 s" in text, text
    assert server.box.mails[0][0]["Message-ID"] != mail["Message-ID"]
    program.stop()
    server.close()


def case_mail_by_starttls_with_login(folder):
    authority = Authority(folder)
    server = MailServer(authority.context(), needs_login=True)
    config = mail_config(server.port, host="localhost", smtp_user="me", smtp_ca_file=authority.file)
    program = Program(folder, config, {"smtp_password": PASSWORD})
    assert program.test(MAIL) == "ok"
    _, _, is_secure, is_authenticated = server.box.mails[0]
    assert is_secure and is_authenticated
    program.stop()
    wrong = Program(folder, config, {"smtp_password": "wrong"})
    answer = wrong.test(MAIL)
    assert "535" in answer and "smtp_password" in answer, answer
    wrong.stop()
    server.close()


def case_mail_by_tls_at_once(folder):
    authority = Authority(folder)
    server = MailServer(authority.context(), is_wrapped=True, needs_login=True)
    config = mail_config(server.port, "smtps", "localhost", smtp_user="me", smtp_ca_file=authority.file)
    program = Program(folder, config, {"smtp_password": PASSWORD})
    assert program.test(MAIL) == "ok"
    assert len(server.box.mails) == 1 and server.box.mails[0][3], "logged in"
    program.stop()
    server.close()


def case_a_certificate_that_is_not_trusted_gets_no_password(folder):
    authority = Authority(folder)
    ca_file = os.path.join(folder, "other.pem")
    trustme.CA().cert_pem.write_to_path(ca_file)
    server = MailServer(authority.context(), is_wrapped=True)
    # Of an authority that is trusted, for another host.
    fakes = Fakes(authority.context("elsewhere.example"))
    config = mail_config(server.port, "smtps", "localhost", smtp_user="me", smtp_ca_file=ca_file,
                         push_ca_file=authority.file)
    program = Program(folder, config, {"smtp_password": PASSWORD, "webhooks": webhooks(fakes.url)[:1]})
    for name in (MAIL, "webhook 1 (json)"):
        answer = program.test(name)
        assert answer.startswith("error:") and "certificate" in answer, answer
    assert not server.box.mails and not fakes.taken
    program.stop()
    server.close()
    fakes.close()


def case_mail_is_not_sent_in_the_clear_beyond_loopback(folder):
    # 127.0.0.1 by a name that the program does not know as loopback.
    server = MailServer()
    program = Program(folder, mail_config(server.port, host="127.1", smtp_user="me"), {"smtp_password": PASSWORD})
    answer = program.test(MAIL)
    assert "no STARTTLS" in answer and not server.box.mails, answer
    program.stop()
    server.close()


def case_a_server_that_refuses_is_tried_again(folder):
    server = MailServer()
    server.box.reply = "451 try later"
    config = mail_config(server.port, smtp_to=["nobody@mail.example", "me@mail.example"])
    program = Program(folder, config, {})
    program.say("closed 60 10")
    wait_for("a failure", lambda: "451" in program.status()[MAIL]["error"])
    refused = wait_for("a refusal", lambda: program.status()["mail (nobody@mail.example)"]["error"])
    assert "550" in refused and "smtp_to" in refused, refused
    server.box.reply = "250 OK"
    program.say("up")
    wait_for("the mail", lambda: len(server.box.mails) == 1)
    status = wait_for("rest", lambda: (s := program.status())[MAIL]["state"] == "idle" and s)
    assert status["mail (nobody@mail.example)"]["waiting"] == 1, status
    program.stop()
    server.close()


def case_nothing_is_lost_or_doubled_by_kills_while_the_line_is_down(folder):
    port, mail_port = free_port(), free_port()
    config = mail_config(mail_port, notify_events=["outage_ended"])
    program = Program(folder, config, {"webhooks": [f"json http://127.0.0.1:{port}/hook"]})
    for n in range(20):
        program.say(f"closed {10_000 - 100 * n} {9_950 - 100 * n}")
        wait_for("the journal", lambda: len(journal(folder)["pending"]) == n + 1)
        program.kill()
        program.start()
    program.stop()
    fakes = Fakes(port=port)
    server = MailServer()
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(mail_config(server.port, notify_events=["outage_ended"]), file)
    program.start()
    wait_for("all messages", lambda: len(fakes.taken.get("json", [])) >= 20 and len(server.box.mails) >= 20, 60)
    wait_for("the journal", lambda: not journal(folder)["pending"])
    program.kill()
    program.start()
    time.sleep(1)
    ids = [one["content"]["id"] for one in fakes.taken["json"]]
    assert len(ids) == 20 and len(set(ids)) == 20, ids
    times = [one["content"]["outage"]["start"] for one in fakes.taken["json"]]
    assert times == sorted(times), "oldest first"
    assert len(server.box.mails) == 20 and len({mail["Message-ID"] for mail, *_ in server.box.mails}) == 20
    program.stop()
    server.close()
    fakes.close()


def journal(folder):
    path = os.path.join(folder, "notify.json")
    if not os.path.exists(path):
        return {"pending": []}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def case_too_many_requests_wait_as_asked(folder):
    fakes = Fakes()
    fakes.answer = 429, {"Retry-After": "4"}, "{}"
    program = Program(folder, {"notify_events": ["outage_ended"]}, {"webhooks": webhooks(fakes.url)})
    began = time.monotonic()
    program.say("closed 60 10")
    names = [*program.status()]
    wait_for("failures", lambda: all("429" in one["error"] for one in program.status().values()))
    fakes.answer = None
    wait_for("all services", lambda: len(fakes.taken) == 7, 30)
    assert time.monotonic() - began > 4, "not before the time asked for"
    assert not fakes.refused and len(names) == 7
    program.stop()
    fakes.close()


def case_a_login_page_in_between_is_no_delivery(folder):
    fakes = Fakes()
    fakes.answer = 200, {"Content-Type": "text/html"}, "<html>log in</html>"
    lines = webhooks(fakes.url)[1:]
    program = Program(folder, {"notify_events": ["outage_ended"]}, {"webhooks": lines})
    program.say("closed 60 10")
    wait_for("failures", lambda: all(one["error"] for one in program.status().values()))
    assert all(one["waiting"] == 1 for one in program.status().values())
    fakes.answer = None
    program.say("up")
    wait_for("all services", lambda: len(fakes.taken) == 6)
    program.stop()
    fakes.close()


def case_memory_stays_bounded(folder):
    """Messages to receivers of which one floods and one never answers. Named, the case sends more than the journal holds."""
    count = 1_200 if "memory_stays_bounded" in sys.argv else 200
    def serve(act):
        listener = socket.create_server(("127.0.0.1", 0))
        def loop():
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=act, args=(connection,), daemon=True).start()
        threading.Thread(target=loop, daemon=True).start()
        return listener.getsockname()[1]

    def flood(connection):
        connection.recv(65536)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            pass

    fakes = Fakes()
    ports = [serve(flood), serve(lambda connection: time.sleep(3600))]
    lines = [f"json http://127.0.0.1:{port}/hook" for port in ports] + webhooks(fakes.url)[:1]
    program = Program(folder, {"notify_events": ["outage_ended"]}, {"webhooks": lines})
    program.say("up")
    time.sleep(1)
    before = program.memory()
    for n in range(count):
        program.say(f"closed {200_000 - 100 * n} {199_950 - 100 * n}")
    wait_for("the good one", lambda: len(fakes.taken.get("json", [])) == count, 240)
    grown = program.memory() - before
    status = program.status()
    print(f"    {count} messages, a flood and a silent receiver: peak {before} KiB + {grown} KiB; {status}")
    assert grown < 24 * 1024, f"{grown} KiB"
    held = min(count, 1_000)
    silent = status["webhook 2 (json)"]
    assert silent["waiting"] <= held and silent["refused"] >= count - held, status
    assert program.stop() < 2.5
    fakes.close()


def main():
    cases = {name[len("case_"):]: case for name, case in globals().items() if name.startswith("case_")}
    wanted = sys.argv[2:] or cases
    passed, failed = 0, 0
    for name in wanted:
        begin = time.monotonic()
        SHOWN.clear()
        with tempfile.TemporaryDirectory() as folder:
            try:
                cases[name](folder)
                shown = "".join(SHOWN)
                assert PASSWORD not in shown, "a secret is shown: " + shown
                print(f"ok   {name} ({time.monotonic() - begin:.1f} s)", flush=True)
                passed += 1
            except Exception as error:  # Every case is run.
                print(f"FAIL {name}: {error!r}\n" + "".join(SHOWN[-20:]), flush=True)
                failed += 1
    word = "FAILED" if failed else "ok"
    print(f"test result: {word}. {passed} passed; {failed} failed; 0 ignored")
    # Threads of servers that wait for ever do not keep the process.
    os._exit(1 if failed else 0)


main()
