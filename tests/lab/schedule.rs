//! A real cron on a machine without a network: installed, run, looked at, removed.
//!
//! All of it happens in mount, process and network namespaces of its own, so the crontab of this machine is not touched.

use std::{fs, process::Command};

use super::ready::{ready, tool};

/// What happens inside. It prints a line for each thing that is as it should be.
const SCRIPT: &str = r#"
set -eu
mount -t tmpfs tmpfs /var/spool/cron
mkdir -m 1730 /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs
mount -t tmpfs tmpfs /run
ip link set lo up
netlog=$1/netlog logs="$1/my logs"
export HOME="$1" XDG_CONFIG_HOME="$1/.config" XDG_DATA_HOME="$1/data"
until_there() { for _ in $(seq 1000); do if eval "$1"; then return 0; fi; sleep 0.1; done; echo "never: $1" >&2; return 1; }
say() { printf '%s\n' "$1"; }

printf 'MAILTO=""\n# mine  \n5 4 1 1 * true\n1 1 1 1 * /x/start_netlogging.sh >> x 2>&1\n' | crontab -
crontab -l >"$1/before"
"$netlog" --log-dir "$logs" schedule install --every 1m --with cron >"$1/out" || [ $? = 1 ]
grep -q 'start_netlogging.sh' "$1/out" && say "the original was found"
! "$netlog" schedule status >"$1/out" && grep -q 'no cron is running' "$1/out" && say "without cron it does not run"
# cron tells changes of a crontab apart by the second.
sleep 1.1
cron -f & cron=$!
sleep 1.1
until_there '[ -s "$logs/netlog.csv" ] && grep -q ^exit "$logs/schedule.last"'
grep -q LAN_DOWN "$logs/netlog.csv" && say "a row while the network was away"
"$netlog" schedule status >"$1/out"
grep -q 'last exit    1, the line was bad' "$1/out" && say "it runs"
"$netlog" --log-dir "$logs" doctor --json >"$1/out" || true
grep '"schedule"' "$1/out" | grep -q '"good"' && say "doctor is content"
sed -i 's/since [^;]*;/since 2020-01-01T00:00:00Z;/' "$logs/netlog.schedule"
mv "$logs/netlog.csv" "$1/kept"
"$netlog" --log-dir "$logs" doctor --json >"$1/out" || true
grep '"schedule"' "$1/out" | grep -q '"bad"' && say "doctor tells of missed looks"
sleep 1.1
"$netlog" schedule remove >"$1/out"
crontab -l | cmp - "$1/before" && say "the crontab is as before"
[ ! -e "$logs/netlog.schedule" ] && [ ! -e "$logs/schedule.last" ] && say "nothing is left in the folder"

sleep 1.1
"$netlog" --log-dir "$logs" schedule install --with cron --replace-original >"$1/out"
crontab -l | grep -q start_netlogging || say "the original is gone"
until_there '"$netlog" --log-dir "$logs" status --json 2>&1 | grep -q "\"running\":true"'
say "the monitor was started"
"$netlog" schedule remove --json >"$1/out"
until_there '! "$netlog" --log-dir "$logs" status --json 2>&1 | grep -q "\"running\":true"'
say "and ended"
kill $cron
"#;

#[test]
fn cron_looks_every_minute_and_leaves_no_trace() {
    if !ready() {
        return;
    }
    if tool("cron").is_none() || tool("crontab").is_none() {
        eprintln!("LEFT OUT: cron is not installed, so nothing is really scheduled");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("it's 100% \"näh\"");
    fs::create_dir(&home).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_netlog"), home.join("netlog")).unwrap();
    let output = Command::new(tool("unshare").unwrap())
        .args(["--mount", "--pid", "--fork", "--mount-proc", "--net", "--kill-child", "sh", "-c", SCRIPT, "sh"])
        .arg(&home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let expected = [
        "the original was found",
        "without cron it does not run",
        "a row while the network was away",
        "it runs",
        "doctor is content",
        "doctor tells of missed looks",
        "the crontab is as before",
        "nothing is left in the folder",
        "the original is gone",
        "the monitor was started",
        "and ended",
    ];
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(expected.as_slice(), lines, "{}", String::from_utf8_lossy(&output.stderr));
}
