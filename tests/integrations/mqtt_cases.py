"""Cases of `tests/integrations/mqtt`: the MQTT sink against a real broker on loopback.

Each case has a broker of its own. The sink runs in a process that can be killed: the helper among the
integration tests.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

import paho.mqtt.client as paho

PASSWORD = "swordfish-1234"
DEVICE = "homeassistant/device/netlog_home/config"
PROMISED = """
binary_sensor.network_gateway binary_sensor.internet_connection binary_sensor.network_internet_connected
binary_sensor.internet_1_1_1_1 binary_sensor.network_dns binary_sensor.network_ipv6 binary_sensor.network_problem
sensor.gateway_ip sensor.success_rate_today sensor.average_latency sensor.packet_loss sensor.network_status
sensor.network_root_cause sensor.network_fault_domain sensor.last_outage_start sensor.last_outage_duration
sensor.last_outage_charged sensor.outages_today sensor.network_last_check
button.network_run_test button.network_analyze_logs button.network_check_gateway event.network_outage
""".split()


def wait(what, condition, seconds=20.0):
    """Waits until the condition holds, and returns what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Broker:
    """A mosquitto that can be stopped, killed and started again at its port."""

    def __init__(self, room, lines="allow_anonymous true", tls=False):
        self.room, self.port, self.process = room, free_port(), None
        config = [f"listener {self.port} 127.0.0.1", lines, "log_type all"]
        if tls:
            config += [f"cafile {room.folder}/ca.pem", f"certfile {room.folder}/broker.pem"]
            config += [f"keyfile {room.folder}/broker.key"]
        self.config = room.folder / f"mosquitto-{self.port}.conf"
        self.config.write_text("\n".join(config) + "\n")
        self.start()

    def start(self):
        log = open(self.room.folder / f"mosquitto-{self.port}.log", "ab")
        command = [self.room.broker / "run", "-c", self.config]
        # As root it would become another user, who may not read what is here.
        if os.geteuid() == 0:
            self.config.write_text(self.config.read_text().replace("user root\n", "") + "user root\n")
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.room.processes.append(self.process)

        def listens():
            assert self.process.poll() is None, log_of(self.room)
            with socket.socket() as sock:
                return sock.connect_ex(("127.0.0.1", self.port)) == 0

        wait("broker listens", listens)

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait(10)


def log_of(room):
    return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(room.folder.glob("*.log")))


class Watcher:
    """A client that keeps every message in order, as (topic, payload, retained)."""

    def __init__(self, room, broker, topics=("#",), user=None, password=None, tls=False):
        self.messages, self.ready = [], threading.Event()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        if user:
            self.client.username_pw_set(user, password)
        if tls:
            self.client.tls_set(ca_certs=str(room.folder / "ca.pem"))
        self.client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in topics])
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = lambda _client, _data, message: self.messages.append(
            (message.topic, message.payload.decode(), message.retain)
        )
        self.client.reconnect_delay_set(min_delay=1, max_delay=1)
        self.client.connect("localhost" if tls else "127.0.0.1", broker.port, keepalive=60)
        self.client.loop_start()
        room.clients.append(self.client)
        assert self.ready.wait(10), "no SUBACK"

    def of(self, topic):
        return [payload for name, payload, _ in list(self.messages) if name == topic]

    def last(self, topic):
        return (self.of(topic) or [None])[-1]

    def publish(self, topic, payload, retain=False):
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)


class Sink:
    """The sink in a process of its own."""

    def __init__(self, room, broker, hosts=("1.1.1.1",), password="", tls=False, **settings):
        scheme, name = ("mqtts", "localhost") if tls else ("mqtt", "127.0.0.1")
        settings = {"mqtt_url": f"{scheme}://{name}:{broker.port}", "site": "home", **settings}
        path = room.folder / f"sink-{time.monotonic_ns()}.json"
        path.write_text(json.dumps(settings) + "\n" + password + "\n")
        command = [room.helper, "mqtt::helper_that_publishes", "--exact", "--nocapture"]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "NETLOG_MQTT_HELPER": str(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        room.processes.append(self.process)
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()
        if tuple(hosts) != ("1.1.1.1",):
            self.tell("hosts " + " ".join(hosts))

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def event(self, name):
        self.tell("event " + json.dumps({"event_type": "outage_ended", "name": name}))

    def error(self):
        """Text of the last error in the status; None where there is none."""
        states = [line for line in list(self.lines) if line.startswith("status ")]
        found = re.search(r'error: Some\("(.*)"\)', states[-1]) if states else None
        return found and found.group(1)

    def requests(self):
        return [line for line in list(self.lines) if line.startswith("request ")]

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0, "\n".join(self.lines[-20:])

    def kill(self):
        self.process.kill()
        self.process.wait()


class Room:
    """Folder and processes of one case."""

    def __init__(self, helper, broker, folder):
        self.helper, self.broker, self.folder = helper, broker, folder
        self.processes, self.clients = [], []

    def close(self):
        for client in self.clients:
            client.loop_stop()
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def openssl(room, *arguments):
    subprocess.run(["openssl", *arguments], cwd=room.folder, check=True, capture_output=True)


def certificates(room, name="ca"):
    """Makes an authority, and for the first one a certificate of the broker."""
    subject = ["-subj", f"/CN=authority of a test ({name})", "-days", "2", "-nodes"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    openssl(room, "req", "-x509", *curve, "-keyout", f"{name}.key", "-out", f"{name}.pem", *subject)
    if name == "ca":
        openssl(room, "req", *curve, "-nodes", "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=localhost")
        (room.folder / "san").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"]
        openssl(room, "x509", "-req", "-in", "broker.csr", "-out", "broker.pem", *signer)


def users(room, acl):
    """Lines of a broker with the users netlog, other and reader, and this list of rights."""
    passwords = room.folder / "passwords"
    for number, user in enumerate(["netlog", "other", "reader"]):
        command = [room.broker / "passwd", *([] if number else ["-c"]), "-b", passwords, user, PASSWORD]
        subprocess.run(command, check=True, capture_output=True)
    # Nobody else may read it; newer brokers insist on that.
    passwords.chmod(0o600)
    (room.folder / "acl").write_text(acl)
    (room.folder / "acl").chmod(0o600)
    return f"allow_anonymous false\npassword_file {passwords}\nacl_file {room.folder}/acl"


def online(watcher, site="home"):
    wait(f"{site} online", lambda: watcher.last(f"netlog/{site}/availability") == "online")


# ---------------------------------------------------------------------------------------------------------------


def case_everything_is_retained_but_events(room):
    broker = Broker(room)
    sink, early = Sink(room, broker), Watcher(room, broker)
    wait("discovery", lambda: early.of(DEVICE))
    sink.event("a")
    wait("event", lambda: early.of("netlog/home/event"))
    late = Watcher(room, broker)
    wait("discovery", lambda: late.of(DEVICE))
    time.sleep(0.3)
    topics = {topic for topic, _, retained in late.messages if retained}
    home = "netlog/home/"
    assert topics == {DEVICE, home + "state", home + "availability", home + "target/1_1_1_1/state"}, topics
    components = json.loads(late.last(DEVICE))["cmps"]
    assert sorted(entity["def_ent_id"] for entity in components.values()) == sorted(PROMISED)
    assert json.loads(late.last(home + "state"))["version"] == 1


def case_kill_publishes_the_will_and_a_stop_says_farewell(room):
    broker = Broker(room)
    watcher, sink = Watcher(room, broker), Sink(room, broker)
    online(watcher)
    begin = time.monotonic()
    sink.kill()
    wait("offline by the will", lambda: watcher.last("netlog/home/availability") == "offline")
    assert time.monotonic() - begin < 1, time.monotonic() - begin
    sink = Sink(room, broker)
    online(watcher)
    sink.stop()
    wait("offline by itself", lambda: watcher.last("netlog/home/availability") == "offline")
    late = Watcher(room, broker)
    wait("retained", lambda: late.last("netlog/home/availability") == "offline")


def case_a_retained_command_is_ignored_and_another_is_carried_out(room):
    broker = Broker(room)
    watcher = Watcher(room, broker)
    watcher.publish("netlog/home/cmd", "run_test", retain=True)
    sink = Sink(room, broker)
    wait("discovery", lambda: watcher.of(DEVICE))
    time.sleep(1)
    assert sink.requests() == [], sink.requests()
    for command, event in [("run_test", "test_finished"), ("analyze_logs", "analysis_finished")]:
        watcher.publish("netlog/home/cmd", command)
        wait(event, lambda: event in (watcher.last("netlog/home/event") or ""))
    watcher.publish("netlog/home/cmd", "check_gateway")
    wait("third", lambda: len(watcher.of("netlog/home/event")) == 3)
    watcher.publish("netlog/home/cmd", "format_disk")
    time.sleep(0.5)
    assert len(sink.requests()) == 3, sink.requests()


def restart(room, lines, how):
    broker = Broker(room, "allow_anonymous true\n" + lines)
    watcher, sink = Watcher(room, broker), Sink(room, broker)
    wait("discovery", lambda: watcher.of(DEVICE))
    broker.end(how)
    wait("told", sink.error)
    for name in "abc":
        sink.event(name)
    time.sleep(0.5)
    n = len(watcher.messages)
    broker.start()
    # The sink may be back before the watcher: a third one comes late enough for what is retained.
    wait("no error any more", lambda: sink.error() is None, 30)
    late = Watcher(room, broker)
    wait("discovery", lambda: late.of(DEVICE))
    wait("online", lambda: late.last("netlog/home/availability") == "online")
    assert late.of("netlog/home/state") and late.of("netlog/home/target/1_1_1_1/state")
    return sink, watcher, n


def case_a_restart_of_the_broker_without_persistence(room):
    restart(room, "persistence false", signal.SIGKILL)


def case_a_restart_of_the_broker_with_persistence(room):
    store = f"persistence true\npersistence_location {room.folder}/"
    sink, _, _ = restart(room, store, signal.SIGTERM)
    sink.stop()


def case_events_of_the_time_without_broker_come_in_order(room):
    broker = Broker(room)
    sink = Sink(room, broker)
    wait("connected", lambda: any("Working" in line for line in sink.lines))
    broker.end(signal.SIGKILL)
    wait("told", sink.error)
    for number in range(120):
        sink.event(number)
        # The hub forgets what is not fetched at once.
        time.sleep(0.005)
    wait("waiting", lambda: "waiting: 100" in sink.lines[-1] and "refused: 20" in sink.lines[-1])
    # The listener comes first: events are for those that listen.
    broker.start()
    watcher = Watcher(room, broker)
    wait("events", lambda: len(watcher.of("netlog/home/event")) >= 100, 60)
    names = [json.loads(payload)["name"] for payload in watcher.of("netlog/home/event")]
    assert names == list(range(20, 120)), names


def case_a_user_with_the_rights_of_the_manual(room):
    acl = (
        "user netlog\ntopic readwrite netlog/home/#\ntopic read homeassistant/status\n"
        "topic readwrite homeassistant/device/netlog_home/config\ntopic readwrite homeassistant/+/netlog_home/+/config\n"
        "user reader\ntopic read #\nuser other\ntopic readwrite netlog/other/#\n"
    )
    broker = Broker(room, users(room, acl))
    reader = Watcher(room, broker, user="reader", password=PASSWORD)
    other = Watcher(room, broker, topics=["netlog/other/cmd"], user="other", password=PASSWORD)
    sink = Sink(room, broker, mqtt_user="netlog", password=PASSWORD)
    online(reader)
    wait("discovery", lambda: reader.of(DEVICE))
    other.publish("netlog/home/cmd", "run_test")
    other.publish("netlog/other/cmd", "run_test")
    wait("own command", lambda: other.of("netlog/other/cmd"))
    time.sleep(0.5)
    assert sink.requests() == [], "a command of somebody without the right to it"


def case_a_user_without_rights_publishes_nothing_and_goes_on(room):
    acl = "user reader\ntopic readwrite #\nuser netlog\ntopic read netlog/home/cmd\n"
    broker = Broker(room, users(room, acl))
    reader = Watcher(room, broker, user="reader", password=PASSWORD)
    sink = Sink(room, broker, mqtt_user="netlog", password=PASSWORD)
    wait("connected", lambda: any("Working" in line for line in sink.lines))
    time.sleep(2.5)
    assert reader.messages == [], reader.messages
    reader.publish("netlog/home/cmd", "run_test")
    wait("request", sink.requests)
    sink.stop()


def case_a_wrong_password_is_told_without_it(room):
    broker = Broker(room, users(room, "topic readwrite #\n"))
    for password in ["wrong-9876", ""]:
        sink = Sink(room, broker, mqtt_user="netlog", password=password)
        error = wait("told", sink.error)
        assert "mqtt_password" in error, error
        assert not password or password not in "\n".join(sink.lines)
        time.sleep(2)
        log = (room.folder / f"mosquitto-{broker.port}.log").read_text()
        tries = log.count("not authorised")
        sink.kill()
        assert tries <= 2, tries


def case_tls_with_an_authority_of_ones_own(room):
    certificates(room)
    certificates(room, "stranger")
    broker = Broker(room, tls=True)
    watcher = Watcher(room, broker, tls=True)
    sink = Sink(room, broker, tls=True, mqtt_ca_file=f"{room.folder}/ca.pem")
    online(watcher)
    sink.stop()
    for settings in [{"mqtt_ca_file": f"{room.folder}/stranger.pem"}, {}]:
        sink = Sink(room, broker, tls=True, **settings)
        error = wait("told", sink.error)
        assert "certificate" in error.lower(), error
        if settings:
            assert "mqtt_ca_file" in error, error
        sink.kill()
    assert watcher.of("netlog/home/availability").count("online") == 1


def case_two_sites_at_one_broker(room):
    broker = Broker(room)
    watcher = Watcher(room, broker)
    home, other = Sink(room, broker), Sink(room, broker, site="site-a")
    online(watcher)
    online(watcher, "site-a")
    wait("discovery", lambda: watcher.of(DEVICE) and watcher.of("homeassistant/device/netlog_site-a/config"))
    both = [json.loads(watcher.last(f"homeassistant/device/netlog_{site}/config")) for site in ["home", "site-a"]]
    for key in ["def_ent_id", "uniq_id"]:
        first, second = [{entity[key] for entity in message["cmps"].values()} for message in both]
        assert not first & second and len(first) == len(second)
    watcher.publish("netlog/site-a/cmd", "run_test")
    wait("request", other.requests)
    other.kill()
    wait("offline", lambda: watcher.last("netlog/site-a/availability") == "offline")
    assert watcher.last("netlog/home/availability") == "online" and home.requests() == []


def case_far_hosts_that_are_gone_are_removed(room):
    broker = Broker(room)
    watcher = Watcher(room, broker)
    sink = Sink(room, broker)
    wait("discovery", lambda: watcher.of(DEVICE))

    def removed_once(slug, before):
        wait(f"{slug} removed", lambda: len(watcher.of(DEVICE)) >= before + 2)
        first, last = [json.loads(payload)["cmps"] for payload in watcher.of(DEVICE)[before:][-2:]]
        assert first[f"target_{slug}"] == {"p": "binary_sensor"}, first[f"target_{slug}"]
        assert f"target_{slug}" not in last
        wait("state", lambda: watcher.last(f"netlog/home/target/{slug}/state") == "")

    sink.tell("hosts 8.8.8.8")
    removed_once("1_1_1_1", 1)
    wait("state", lambda: watcher.last("netlog/home/target/8_8_8_8/state"))
    # The same while the program does not run: the next run finds what the last one left.
    sink.kill()
    before = len(watcher.of(DEVICE))
    sink = Sink(room, broker, hosts=["9.9.9.9"])
    removed_once("8_8_8_8", before)
    late = Watcher(room, broker)
    wait("discovery", lambda: late.of(DEVICE))
    assert {topic for topic, _, _ in late.messages if "/target/" in topic} == {"netlog/home/target/9_9_9_9/state"}


def case_the_form_of_discovery_changes_and_is_switched_off(room):
    broker = Broker(room)
    watcher = Watcher(room, broker)
    sink = Sink(room, broker, mqtt_discovery="component")
    gateway = "homeassistant/binary_sensor/netlog_home/gateway/config"
    wait("component", lambda: watcher.of(gateway))
    wait("all", lambda: len({topic for topic, _, _ in watcher.messages if "/netlog_home/" in topic}) == len(PROMISED))
    sink.stop()
    n = len(watcher.messages)
    sink = Sink(room, broker, mqtt_discovery="device")
    wait("emptied", lambda: watcher.last(gateway) == "")
    told = [(topic, payload) for topic, payload, _ in watcher.messages[n:] if topic in (gateway, DEVICE)]
    marks = [payload if topic == gateway else "device" for topic, payload in told]
    assert marks == ['{"migr_discvry":true}', "device", ""], marks
    sink.stop()
    sink = Sink(room, broker, mqtt_discovery="off")
    wait("device emptied", lambda: watcher.last(DEVICE) == "")
    late = Watcher(room, broker)
    online(late)
    time.sleep(0.3)
    assert not [topic for topic, _, _ in late.messages if topic.startswith("homeassistant/")]


def case_home_assistant_starts(room):
    broker = Broker(room)
    watcher = Watcher(room, broker)
    Sink(room, broker)
    wait("discovery", lambda: watcher.of(DEVICE))
    time.sleep(0.5)
    for _ in range(50):
        watcher.publish("homeassistant/status", "online")
    wait("discovery again", lambda: len(watcher.of(DEVICE)) == 2)
    time.sleep(2)
    assert len(watcher.of(DEVICE)) == 2, "at most once in five seconds"


def case_a_take_over_from_a_hanging_connection_ends_online(room):
    broker = Broker(room)
    watcher = Watcher(room, broker)
    old = Sink(room, broker)
    wait("discovery", lambda: watcher.of(DEVICE))
    old.process.send_signal(signal.SIGSTOP)
    Sink(room, broker)
    wait("discovery", lambda: len(watcher.of(DEVICE)) == 2)
    time.sleep(1)
    assert watcher.last("netlog/home/availability") == "online", watcher.of("netlog/home/availability")
    late = Watcher(room, broker)
    online(late)


def case_a_frozen_program_is_offline_after_one_and_a_half_keep_alives(room):
    broker = Broker(room)
    watcher, sink = Watcher(room, broker), Sink(room, broker)
    online(watcher)
    sink.process.send_signal(signal.SIGSTOP)
    wait("offline", lambda: watcher.last("netlog/home/availability") == "offline", 40)
    sink.process.send_signal(signal.SIGCONT)
    online(watcher)


def main():
    helper, brokers, wanted = sys.argv[1], sys.argv[2].split(":"), sys.argv[3:]
    cases = {name[5:]: case for name, case in globals().items() if name.startswith("case_")}
    passed = failed = 0
    for broker in map(Path, brokers):
        said = subprocess.run([broker / "run", "-h"], capture_output=True, text=True, check=False).stdout
        version = said.split()[2]
        for name, case in cases.items():
            if wanted and name not in wanted:
                continue
            begin = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                room = Room(helper, broker, Path(folder))
                try:
                    case(room)
                    passed += 1
                    print(f"mosquitto {version}: {name} ... ok ({time.monotonic() - begin:.1f} s)", flush=True)
                except Exception:  # noqa: BLE001  a failed case must not end the others
                    failed += 1
                    print(f"mosquitto {version}: {name} ... FAILED\n{traceback.format_exc()}\n{log_of(room)}", flush=True)
                finally:
                    room.close()
    print(f"test result: {'ok' if not failed else 'FAILED'}. {passed} passed; {failed} failed; 0 ignored")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
