//! A computer that boots with a real systemd and a real cron, where three users have the program scheduled in three
//! ways, through an outage of the access line, a pulled cable, a crash and a start without a network.

use std::{io::Write as _, thread, time::Duration};

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use serde_json::Value;

use super::{
    certificates::CERTIFICATES,
    faults::{Fault, Truth},
    machine::Machine,
    monitor::{Row, instant, rows, seconds},
    ready::now,
    topology::{Echo, Lab, Node, ROUTER},
};

/// Looks of cron, looks of a timer of systemd, and the monitor as a service of the system.
const CRON: &str = "cronlooks";
const TIMER: &str = "timerlooks";
const SERVICE: &str = "keeper";
const NETLOG: &str = "netlog --log-dir \"$HOME/my logs\"";
/// How far an edge of an outage may be from the truth, in seconds.
const EDGE: f64 = 3.0;

#[test]
fn every_scheduler_tells_of_the_same_outages_and_leaves_no_trace() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let Some(mut machine) = Machine::boot(&lab) else { return };
    set_up(&machine);
    // Looks fall on full minutes; what cron is told it learns there too.
    let start = next_minute(now() + TimeDelta::seconds(10));
    let at = |second: i64| start + TimeDelta::seconds(second);
    let cut = between(&lab, Fault::AccessCut, at(35), at(92));
    let pulled = between(&lab, Fault::LinkDown, at(106), at(150));
    sleep_until(at(165));
    crashes_and_comes_back(&machine);
    sleep_until(at(195));

    let minutes: Vec<DateTime<Utc>> = (0..4).map(|minute| at(60 * minute)).collect();
    for user in [CRON, TIMER] {
        check_looks(user, &log(&machine, user), &minutes);
    }
    check_service(&machine, &[("access", cut), ("host", pulled)]);
    starts_without_a_network(&lab, &mut machine);
    leaves_no_trace(&machine);
    works_from_login_without_echo_sockets(&lab, &machine);
}

fn set_up(machine: &Machine) {
    let authority = &CERTIFICATES.authority_pem;
    machine.run(&format!("cat >/etc/ssl/certs/ca-certificates.crt <<'END'\n{authority}\nEND\n"));
    for user in [CRON, TIMER, SERVICE] {
        machine.add_user(user);
    }
    machine.run_as(CRON, "printf 'MAILTO=\"\"\n# mine  \n5 4 1 1 * true\n' | crontab -; crontab -l >before");
    let said = machine.run_as(CRON, &format!("{NETLOG} schedule install --every 1m --with cron"));
    expect(&said, "looks every 1m, from the start of the computer on, by cron");
    let said = machine.run_as(TIMER, &format!("{NETLOG} schedule install --every 1m"));
    expect(&said, "looks every 1m, from your login on, by systemd");
    let install = format!("netlog --log-dir '/home/{SERVICE}/my logs' schedule install --service --run-as {SERVICE}");
    expect(&machine.run(&install), "always, from the start of the computer on, by systemd");
}

/// One look a minute: a line that works, one that is cut, a cable that is pulled, a line that works.
#[track_caller]
fn check_looks(user: &str, log: &str, minutes: &[DateTime<Utc>]) {
    let rows = read(log);
    // There may have been a look before all was set up.
    let is_before = |row: &&Row| instant(&row["utc_timestamp"]).unwrap() < minutes[0];
    let told: Vec<(DateTime<Utc>, &str, &str)> = rows
        .iter()
        .skip_while(is_before)
        .map(|row| {
            let at = instant(&row["utc_timestamp"]).unwrap();
            (at.with_second(0).unwrap().with_nanosecond(0).unwrap(), &*row["overall_status"], &*row["fault_domain"])
        })
        .collect();
    let states = [("OK", ""), ("WAN_DOWN", "access"), ("LAN_DOWN", "host"), ("OK", "")];
    let expected: Vec<_> = minutes.iter().zip(states).map(|(at, (status, domain))| (*at, status, domain)).collect();
    assert_eq!(expected, told, "{user}: {log}");
}

/// Both outages, each on the right part and of the right length, and nothing else.
#[track_caller]
fn check_service(machine: &Machine, expected: &[(&str, Truth)]) {
    let said = machine.run_as(SERVICE, &format!("{NETLOG} analyze --json || true"));
    let analysis: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    let outages = analysis["outages"].as_array().unwrap();
    assert_eq!(expected.len(), outages.len(), "{said}");
    for (outage, (domain, truth)) in outages.iter().zip(expected) {
        let off = |key: &str, truth| seconds(instant(outage[key].as_str().unwrap()).unwrap() - truth).abs();
        assert_eq!(*domain, outage["fault_domain"], "{said}");
        assert!(off("start", truth.start) < EDGE && off("end", truth.end) < EDGE, "{truth:?}: {said}");
    }
}

fn crashes_and_comes_back(machine: &Machine) {
    let pid = "systemctl show --property=MainPID --value network-logging.service";
    let before = machine.run(pid);
    machine.run("systemctl kill --signal=KILL network-logging.service");
    until(machine, "systemctl show --property=NRestarts --value network-logging.service | grep -q '^1$'");
    until(machine, "systemctl is-active --quiet network-logging.service");
    assert_ne!(before, machine.run(pid));
}

/// Being without a network is what it watches, so it does not wait for one.
fn starts_without_a_network(lab: &Lab, machine: &mut Machine) {
    let pulled = lab.begin(Fault::LinkDown);
    machine.reboot();
    until(machine, "systemctl is-active --quiet network-logging.service");
    until(machine, &format!("tail -n 1 '/home/{SERVICE}/my logs/netlog.csv' | grep -q LAN_DOWN"));
    pulled.end();
    until(machine, &format!("tail -n 1 '/home/{SERVICE}/my logs/netlog.csv' | grep -q ',OK,'"));
    // The looks of the others are due again as well.
    let said = machine.run_as(TIMER, "netlog schedule status");
    expect(&said, "scheduler    has it in hand");
    let said = machine.run_as(SERVICE, &format!("{NETLOG} status; netlog verify \"$HOME/my logs\""));
    expect(&said, "A monitor is running");
    let said = machine.run_as(SERVICE, &format!("{NETLOG} doctor --json || true"));
    let schedule = said.lines().find(|line| line.contains("\"what\":\"schedule\"")).unwrap_or_else(|| panic!("{said}"));
    expect(schedule, "\"grade\":\"good\"");
}

fn leaves_no_trace(machine: &Machine) {
    expect(&machine.run_as(CRON, "netlog schedule remove"), "Left, because it runs as keeper");
    assert_eq!("", machine.run_as(CRON, "crontab -l | cmp - before"));
    machine.run_as(TIMER, "netlog schedule remove");
    machine.run("netlog schedule remove");
    let units = "find /etc/systemd /home/*/.config /run /var/lib/systemd -name '*network-logging*' 2>/dev/null || true";
    assert_eq!("", machine.run(units));
    assert_eq!("", machine.run("find /home -name netlog.schedule -o -name schedule.last"));
    until(machine, "! pgrep -x netlog");
    expect(&machine.run("systemctl status network-logging.service"), "could not be found");
}

/// The manager of a user has no rights to give away.
fn works_from_login_without_echo_sockets(lab: &Lab, machine: &Machine) {
    lab.node(Node::Client).set(&[("net/ipv4/ping_group_range", "1 0")]);
    let netlog = "netlog --log-dir \"$HOME/login logs\"";
    let said = machine.run_as(TIMER, &format!("{netlog} schedule install"));
    expect(&said, "watches always, from your login on, by systemd");
    until(machine, &format!("tail -n 1 '/home/{TIMER}/login logs/netlog.csv' | grep -q ',OK,'"));
    expect(&machine.run_as(TIMER, &format!("{netlog} status")), "A monitor is running");
    let cut = lab.begin(Fault::AccessCut);
    until(machine, &format!("tail -n 1 '/home/{TIMER}/login logs/netlog.csv' | grep WAN_DOWN | grep -q ',access,'"));
    cut.end();
    machine.run_as(TIMER, "netlog schedule remove");
    until(machine, "! pgrep -x netlog");
    assert_eq!("", machine.run(&format!("find /home/{TIMER}/.config -name '*network-logging*'")));
}

fn log(machine: &Machine, user: &str) -> String {
    machine.run(&format!("cat '/home/{user}/my logs/netlog.csv'"))
}

fn read(log: &str) -> Vec<Row> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(log.as_bytes()).unwrap();
    rows(file.path())
}

fn next_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_second(0).unwrap().with_nanosecond(0).unwrap() + TimeDelta::minutes(1)
}

fn sleep_until(at: DateTime<Utc>) {
    thread::sleep((at - now()).to_std().unwrap_or_default());
}

/// Has a fault there for this time.
fn between(lab: &Lab, fault: Fault, from: DateTime<Utc>, to: DateTime<Utc>) -> Truth {
    sleep_until(from);
    let active = lab.begin(fault);
    sleep_until(to);
    active.end()
}

/// Waits until a script succeeds there.
#[track_caller]
fn until(machine: &Machine, script: &str) {
    let deadline = now() + TimeDelta::seconds(60);
    while machine.run(&format!("{{ {script}; }} >/dev/null 2>&1 && echo yes || true")) != "yes\n" {
        assert!(now() < deadline, "never: {script}\n{}", machine.run("journalctl --no-pager --lines 50"));
        thread::sleep(Duration::from_millis(200));
    }
}

#[track_caller]
fn expect(said: &str, part: &str) {
    assert!(said.contains(part), "{part:?} is not in {said:?}");
}
