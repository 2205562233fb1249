//! What the real program does as root in folders of another account, which tries to lead it elsewhere.
//!
//! All of it happens in mount, process and network namespaces of its own, with a made-up account and a made-up systemd.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Command,
};

/// Beginning of each script: the account `watcher`, a `systemctl` that says yes, and a file and a folder of root.
const SETUP: &str = r#"
set -eu
netlog=$1 dir=$2 home=$2/home vault=$2/vault
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system "$home" "$vault/secretdir" "$dir/bin" "$dir/root" "$dir/lib"
mount -t tmpfs tmpfs /etc/systemd/system
{ cat /etc/passwd; echo 'watcher:x:54321:54321::/nonexistent:/bin/sh'; } >"$dir/passwd"
mount --bind "$dir/passwd" /etc/passwd
printf '#!/bin/sh\n[ "${1-}" != show ] || echo ActiveState=active\n' >"$dir/bin/systemctl"
chmod 755 "$dir" "$dir/bin/systemctl" "$dir/lib"
chmod 700 "$vault" "$vault/secretdir"
chown 54321:54321 "$home"
printf 'secret of root' >"$vault/victim"
export PATH="$dir/bin:$PATH" HOME="$dir/root" XDG_CONFIG_HOME="$dir/root/config" XDG_DATA_HOME="$dir/root/data"
cd "$dir/root"
as_watcher() { setpriv --reuid 54321 --regid 54321 --clear-groups "$@"; }
install() { logs=$1; shift; "$netlog" --log-dir "$logs" schedule install --with systemd --run-as watcher "$@"; }
say() { printf '%s\n' "$1"; }
unharmed() { [ "$(cat "$vault/victim")" = 'secret of root' ] && [ "$(stat -c %u:%a "$vault/victim" "$vault/secretdir" "$vault" | tr '\n' ' ')" = '0:644 0:700 0:700 ' ]; }
of_watcher() { [ "$(stat -c %u:%a "$1")" = "54321:$2" ]; }
"#;

fn tool(name: &str) -> bool {
    ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].iter().any(|dir| Path::new(dir).join(name).exists())
}

/// Runs a script as root and compares the lines that it prints.
#[track_caller]
fn check(script: &str, expected: &[&str]) {
    let missing: Vec<&str> = ["unshare", "setpriv", "mount", "ip"].into_iter().filter(|name| !tool(name)).collect();
    if fs::metadata("/proc/self").unwrap().uid() != 0 || !missing.is_empty() {
        // The harness hides what a test that passes prints with `eprintln!`.
        let text = format!("SKIPPED: what root does in folders of others, for want of root or {missing:?}\n");
        io::stderr().write_all(text.as_bytes()).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc", "--net", "--kill-child"])
        .args(["sh", "-c", &format!("{SETUP}\n{script}"), "sh", env!("CARGO_BIN_EXE_netlog")])
        .arg(dir.path())
        .env_remove("SUDO_USER")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(expected, lines, "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_schedule_for_an_account_is_installed_and_taken_away_in_its_folders() {
    let script = r#"
install "$home/new/logs" --service --data-dir "$home/new/data" >"$dir/out"
of_watcher "$home/new" 700 && of_watcher "$home/new/logs" 700 && of_watcher "$home/new/data" 700 && say "folders in its home are its own"
of_watcher "$home/new/logs/netlog.schedule" 600 && say "and so is the note"
grep -q '^User=watcher$' /etc/systemd/system/network-logging.service && say "it runs as that account"
[ "$(stat -c %u:%a /etc/systemd/system/network-logging.service)" = 0:644 ] && say "everybody may see the unit"
"$netlog" schedule remove >"$dir/out"
[ -d "$home/new/logs" ] && [ ! -e "$home/new/logs/netlog.schedule" ] && say "the note is gone"
install "$dir/lib/netlog/logs" --boot --every 5m >"$dir/out"
of_watcher "$dir/lib/netlog" 700 && of_watcher "$dir/lib/netlog/logs" 700 && say "folders elsewhere are given to it"
[ "$(stat -c %u:%a "$dir/lib")" = 0:755 ] && say "and nothing above them"
"$netlog" schedule remove >"$dir/out"
"$netlog" --log-dir "$home/of root" schedule install --with systemd --service >"$dir/out"
of_watcher "$home/of root" 700 && of_watcher "$home/of root/netlog.schedule" 600 && say "what root installs for itself there belongs to the owner too"
"$netlog" schedule remove >"$dir/out"
[ ! -e "$home/of root/netlog.schedule" ] && say "and goes"
"#;
    let expected = [
        "folders in its home are its own",
        "and so is the note",
        "it runs as that account",
        "everybody may see the unit",
        "the note is gone",
        "folders elsewhere are given to it",
        "and nothing above them",
        "what root installs for itself there belongs to the owner too",
        "and goes",
    ];
    check(script, &expected);
}

#[test]
fn no_link_of_an_account_has_root_write_a_file() {
    let script = r#"
as_watcher mkdir "$home/logs"
for name in netlog.netlog-new netlog.schedule .netlog.schedule.tmp .netlog-task.tmp; do
    as_watcher ln -s "$vault/victim" "$home/logs/$name"
done
install "$home/logs" --service >"$dir/out"
unharmed && say "installed without harm"
[ ! -L "$home/logs/netlog.schedule" ] && of_watcher "$home/logs/netlog.schedule" 600 && say "the note took the place of the link"
# The folder becomes another one before it is taken away.
printf x >"$vault/netlog.schedule"; printf x >"$vault/schedule.last"
as_watcher mv "$home/logs" "$home/moved"; as_watcher ln -s "$vault" "$home/logs"
"$netlog" schedule remove >"$dir/out" 2>&1 || true
[ ! -e /etc/systemd/system/network-logging.service ] && say "it is taken away"
unharmed && [ -e "$vault/netlog.schedule" ] && [ -e "$vault/schedule.last" ] && say "without harm"
# A pipe is not waited for.
rm "$home/logs"; as_watcher mv "$home/moved" "$home/logs"
install "$home/logs" --service >"$dir/out"
rm "$home/logs/netlog.schedule"; as_watcher mkfifo "$home/logs/netlog.schedule"
timeout 20 "$netlog" schedule remove >"$dir/out" && say "a pipe is not waited for"
"#;
    let expected = [
        "installed without harm",
        "the note took the place of the link",
        "it is taken away",
        "without harm",
        "a pipe is not waited for",
    ];
    check(script, &expected);
}

#[test]
fn no_folder_of_root_is_given_to_an_account_that_swaps_folders() {
    let script = r#"
as_watcher ln -s "$vault" "$home/a"
for folder in secretdir made secretdir/made victim; do
    for option in --service '--boot --every 5m' ''; do
        install "$home/a/$folder" $option >"$dir/out" 2>&1 && say "installed into $folder"
        install "$home/logs" --data-dir "$home/a/$folder" $option >"$dir/out" 2>&1 && say "installed with a key in $folder"
    done
done
unharmed && [ ! -e "$vault/made" ] && [ ! -e "$vault/secretdir/made" ] && say "links to folders do no harm"
rm "$home/a"
# As quick as it can, while root is at it.
cat >"$dir/swap" <<'END'
until mv "$1/a" "$1/b" 2>/dev/null; do :; done
ln -s "$2" "$1/a"
END
chmod 755 "$dir/swap"
for round in 1 2 3 4 5 6; do
    as_watcher sh "$dir/swap" "$home" "$vault" & swap=$!
    install "$home/a/secretdir" --service >"$dir/out" 2>&1 || true
    install "$home/a/victim" >"$dir/out" 2>&1 || true
    wait $swap
    rm -rf "$home/a" "$home/b"
done
unharmed && say "swapped folders do no harm"
"#;
    check(script, &["links to folders do no harm", "swapped folders do no harm"]);
}

#[test]
fn what_would_run_as_root_is_not_installed_for_another_account() {
    let script = r#"
printf '#!/bin/sh\n[ "$1" = -l ] || cat >"%s/tab"\n' "$dir" >"$dir/bin/crontab"; chmod 755 "$dir/bin/crontab"
refused() { if said=$("$netlog" --log-dir "$home/logs" schedule install "$@" 2>&1); then return 1; fi; case $said in *"$expected"*) ;; *) say "$said" ;; esac; }
expected="runs this as the account that installs it"
refused --run-as watcher --with cron && refused --run-as watcher --with cron --every 5m --boot && say "not by the crontab of root"
refused --run-as watcher --with systemd && refused --run-as 54321 --with systemd --every 5m && say "not from the login of root on"
expected="no account"
refused --service --with systemd --run-as "me
ExecStartPre=/bin/touch $dir/owned" && refused --service --with systemd --run-as '' && say "not for what is no name"
refused --service --with systemd --run-as nobody-knows-me && say "not for an account that is not there"
[ ! -e "$home/logs" ] && [ ! -e "$dir/tab" ] && [ ! -e /etc/systemd/system/network-logging.service ] && say "and nothing was made"
"#;
    let expected = [
        "not by the crontab of root",
        "not from the login of root on",
        "not for what is no name",
        "not for an account that is not there",
        "and nothing was made",
    ];
    check(script, &expected);
}

#[test]
fn root_that_watches_in_a_folder_of_another_account_writes_through_no_link() {
    let script = r#"
for name in .netlog.chain.json.tmp netlog.chain.json netlog.lock netlog.lock.json netlog.csv history.db history.db-wal history.db-shm mtr_127_0_0_1.log; do
    logs=$home/logs-$name
    as_watcher mkdir "$logs"
    as_watcher ln -s "$vault/victim" "$logs/$name"
    as_watcher ln -s "$vault/made" "$logs/other-$name"
    timeout 60 "$netlog" --log-dir "$logs" monitor --for 2s >"$dir/out" 2>&1 || true
    unharmed || say "$name was followed"
    # Where it leads to is not made either.
    rm -rf "$logs"; as_watcher mkdir "$logs"
    as_watcher ln -s "$vault/made" "$logs/$name"
    timeout 60 "$netlog" --log-dir "$logs" once >"$dir/out" 2>&1 || true
    [ ! -e "$vault/made" ] || { rm "$vault/made"; say "$name had a file made"; }
done
unharmed && say "no file of root was written or made"
"#;
    check(script, &["no file of root was written or made"]);
}

#[test]
fn what_a_monitor_makes_is_for_its_account_alone_and_holds_no_password() {
    let script = r#"
umask 022
cat >"$dir/config.json" <<'END'
{"http_url": "https://bob:Tok3n@example.com/", "http_urls": ["https://Us3r@example.net/?a=Apik3y"], "ping_interval_sec": 2,
 "captive_portal_url": "http://x.example/?key=Apik3y", "http_proxy": "http://me:Pr0xy@127.0.0.1:9", "targets": ["127.0.0.1"]}
END
chmod 644 "$dir/config.json"
netlog() { timeout 60 "$netlog" --config "$dir/config.json" --log-dir "$dir/lib/a/logs" "$@" >"$dir/out" 2>&1; }
netlog monitor --for 8s || true
netlog ticket add --number 1 called
netlog report --pack "$dir/root/pack.zip"
netlog report --out "$dir/root/report.pdf"
"$netlog" --config "$dir/root/new/config.json" config init >"$dir/out"
for made in netlog.csv history.db netlog.lock netlog.lock.json netlog.chain.json; do [ -e "$dir/lib/a/logs/$made" ] || say "$made is not there"; done
for made in pack.zip report.pdf new/config.json data/network-logging/signing.key; do [ -e "$dir/root/$made" ] || say "$made is not there"; done
find "$dir/lib/a" "$dir/root" -mindepth 1 -perm /077
[ "$(stat -c %a "$dir/lib/a" "$dir/lib" | tr '\n' ' ')" = '700 755 ' ] && say "nobody else may read it"
for secret in Tok3n Apik3y Pr0xy Us3r bob; do grep -rlaF $secret "$dir/lib/a" "$dir/root" || true; done
grep -qaF https://example.com "$dir/lib/a/logs/"history.db* && say "no password is in it"
# What its owner lets others read stays so.
chmod 755 "$dir/lib/a" "$dir/lib/a/logs"; chmod 644 "$dir/lib/a/logs/netlog.csv" "$dir/root/report.pdf" "$dir/root/pack.zip"
netlog monitor --for 4s || true
netlog report --pack "$dir/root/pack.zip"
netlog report --out "$dir/root/report.pdf"
[ "$(stat -c %a "$dir/lib/a/logs" "$dir/lib/a/logs/netlog.csv" "$dir/root/report.pdf" "$dir/root/pack.zip" | tr '\n' ' ')" = '755 644 644 644 ' ] && say "modes that were set stay"
"#;
    check(script, &["nobody else may read it", "no password is in it", "modes that were set stay"]);
}
