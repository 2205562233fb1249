use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    net::{IpAddr, Ipv4Addr},
    ops::ControlFlow,
    path::Path,
    time::Duration,
};

use super::{archive::Archive, verify::verify_in, *};
use crate::{
    codec::{
        netlog_csv::render,
        pack_json::{self, MANIFEST, SIGNATURE},
        redact::Redactor,
    },
    model::{
        host::Host,
        row::Row,
        time::Timestamp,
        verdict::{Confidence, FaultDomain, LastHop, Status, Verdict},
    },
    store::{key::Key, log::NetlogFile},
};

mod changes;
mod hostile;
mod redaction;

fn at(seconds: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(1_767_225_600 + seconds, 0).unwrap()
}

fn host(text: &str) -> Host {
    Host::new(text.parse::<IpAddr>().unwrap())
}

fn row(seq: u64, seconds: i64) -> Row {
    let is_down = seq % 7 == 3;
    let verdict = Verdict {
        status: if is_down { Status::WanDown } else { Status::Ok },
        cause: None,
        domain: is_down.then_some(FaultDomain::Access),
        confidence: Confidence::High,
        evidence: Vec::new(),
        last_hop: is_down.then(|| LastHop { ttl: 2, addr: Ipv4Addr::new(203, 0, 113, 7).into() }),
    };
    Row {
        gateway_rtt: Some(Duration::from_micros(500 + seq * 10)),
        isp_hops: vec![(host("203.0.113.7"), Some(Duration::from_millis(9))), (host("203.0.200.9"), None)],
        targets: vec![(host("1.1.1.1"), Some(Duration::from_millis(20))), (host("198.51.100.77"), None)],
        trace_file: if is_down { "trace_203.0.113.7_20260101_000100.log".into() } else { String::new() },
        ..Row::new(at(seconds), seq, verdict)
    }
}

fn new_key() -> Key {
    Key::read(&Key::make().unwrap()).unwrap()
}

/// A log folder of runs of so many rows, one every 20 seconds; before the second the log is put aside.
fn folder(key_file: &[u8], runs: &[u64], put_aside: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut seconds = 0;
    for (idx, n) in runs.iter().enumerate() {
        if idx == 1 && put_aside {
            fs::rename(dir.path().join("netlog.csv"), dir.path().join("netlog_20250101_000000.csv")).unwrap();
        }
        let (mut file, _) = NetlogFile::open(dir.path(), at(seconds), Key::read(key_file)).unwrap();
        for seq in 1..=*n {
            let row = row(seq, seconds);
            file.append(&render(&row, row.at.naive_utc()), row.at).unwrap();
            seconds += 20;
        }
    }
    for (name, text) in [
        ("mtr_203_0_113_7.log", "Start: 2026\nHOST: kitchen-pc\n 1. 192.168.1.1\n 2. 203.0.113.7\n"),
        ("trace_203.0.113.7_20260101_000100.log", "to 203.0.113.7 by kitchen-pc\n 2 gw.home.example.net\n"),
        (
            "wan_diag_20260101_000100.log",
            "mac=02:00:5e:10:20:30\n    SSID   : My Caf\u{e9} 5G\nMy Caf\u{e9} 5G again\n",
        ),
        ("isp_candidates.json", "{\"hops\":[\"203.0.113.7\"]}\n"),
        ("signing.key", "nobody's business"),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

type Period = (Option<Timestamp>, Option<Timestamp>);

/// Makes a pack and reads its bytes.
fn pack(dir: &Path, key: &Key, period: Period, redactor: Option<Redactor>) -> Vec<u8> {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("pack.zip");
    let text = b"The path ends at 203.0.113.7, on kitchen-pc.\n".to_vec();
    let parts = vec![
        Part { name: "report/report.txt".into(), content: Content::Text(text) },
        Part {
            name: "history/samples.csv".into(),
            content: Content::Lines(
                10,
                Box::new(|lines| {
                    for line in ["at,host\r\n", "1,203.0.113.7\r\n"] {
                        let redacted = lines.redacted(line);
                        lines.write(redacted.as_deref().unwrap_or(line))?;
                        lines.original(line);
                    }
                    Ok(())
                }),
            ),
        },
        Part { name: "report/report.pdf".into(), content: Content::Finished(vec![0, 1, 2, 255]) },
    ];
    let ingredients = Ingredients {
        log_dir: dir,
        period,
        zone: "UTC",
        made: at(1_000_000),
        version: "1.2.3",
        key,
        kept: None,
        parts,
        redactor,
    };
    let watch = &mut |share| {
        assert!((0.0..1.0).contains(&share), "{share}");
        ControlFlow::Continue(())
    };
    write(ingredients, &path, watch).unwrap();
    assert_eq!(1, fs::read_dir(out.path()).unwrap().count(), "nothing is left beside it");
    fs::read(path).unwrap()
}

fn check(bytes: &[u8]) -> VerifiedPack {
    verify_in(Cursor::new(bytes), Path::new("pack.zip"), None).unwrap()
}

fn said(findings: &[PackFinding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// All files of a pack.
fn unpack(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
    let names: Vec<String> =
        archive.entries.iter().map(|entry| String::from_utf8(entry.name.clone()).unwrap()).collect();
    let read = |(idx, name): (usize, String)| {
        let mut bytes = Vec::new();
        let unpacked = archive.unpack(idx, 1 << 30, &mut |part| bytes.extend(part)).unwrap();
        assert_eq!(None, unpacked.problem, "{name}");
        (name, bytes)
    };
    names.into_iter().enumerate().map(read).collect()
}

fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", files.keys())).clone()).unwrap()
}

#[test]
fn a_pack_holds_the_period_and_is_the_same_every_time() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    let dir = folder(&key_file, &[30, 20, 10], true);
    let whole = pack(dir.path(), &key, (None, None), None);
    assert!(whole == pack(dir.path(), &key, (None, None), None));
    let found = check(&whole);
    assert_eq!((Vec::new(), Vec::new()), (said(&found.findings), said(&found.notes)));
    assert_eq!((60, true), (found.n_rows, found.is_signed));
    let files = unpack(&whole);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        [
            "README.txt",
            "diagnostics/isp_candidates.json",
            "diagnostics/wan_diag_20260101_000100.log",
            "history/samples.csv",
            "manifest.json",
            "manifest.sig",
            "public_key.pem",
            "report/report.pdf",
            "report/report.txt",
            "rows/netlog.chain.json",
            "rows/netlog.csv",
            "rows/netlog.jsonl",
            "rows/netlog_20250101_000000.csv",
            "sha256sums.txt",
            "traces/mtr_203_0_113_7.log",
            "traces/trace_203.0.113.7_20260101_000100.log",
        ],
        names.as_slice()
    );
    assert_eq!(fs::read(dir.path().join("netlog.csv")).unwrap(), files["rows/netlog.csv"]);
    assert_eq!(60, text(&files, "rows/netlog.jsonl").lines().count());
}

#[test]
fn rows_within_a_long_log_lead_to_its_head() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    for (runs, put_aside) in [(&[100_u64][..], false), (&[30, 40, 30], true), (&[30, 40, 30], false), (&[10, 90], true)]
    {
        let dir = folder(&key_file, runs, put_aside);
        // Rows 25 to 74, and one more on either side.
        for (period, n) in [
            ((Some(at(500)), Some(at(1500))), 52),
            ((Some(at(500)), None), 76),
            ((None, Some(at(1500))), 76),
            ((Some(at(-500)), Some(at(5))), 2),
            ((Some(at(5_000)), None), 0),
        ] {
            let bytes = pack(dir.path(), &key, period, None);
            let found = check(&bytes);
            assert_eq!((Vec::new(), Vec::new()), (said(&found.findings), said(&found.notes)), "{runs:?} {period:?}");
            // A file's first row has none before it in the same file.
            assert!(n == found.n_rows || n == found.n_rows + 1, "{runs:?} {period:?}: {} rows", found.n_rows);
            let files = unpack(&bytes);
            assert_eq!(found.n_rows, text(&files, "rows/netlog.jsonl").lines().count() as u64);
            let after =
                files.get("rows/after.txt").map_or(0, |text| text.split(|byte| *byte == b'\n').count() as u64 - 1);
            let chain = found.manifest.unwrap().chain;
            assert_eq!(chain.map_or(0, |chain| chain.n_after), after);
            if period.1 == Some(at(1500)) {
                assert!((23..=24).contains(&after), "{after}");
            }
        }
    }
}

#[test]
fn a_log_that_was_changed_before_is_told_by_its_pack() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    let dir = folder(&key_file, &[30], false);
    let path = dir.path().join("netlog.csv");
    let log = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    fs::write(&path, [&lines[..10], &lines[11..]].concat().concat()).unwrap();
    let found = check(&pack(dir.path(), &key, (None, None), None));
    assert!(found.is_signed);
    assert_eq!(
        ["rows/netlog.csv, line 11: rows were taken out before it: 11 follows 9"],
        said(&found.findings).as_slice()
    );
    assert!(said(&found.notes)[0].contains("when the pack was made"), "{:?}", found.notes);
    fs::write(&path, lines[..20].concat()).unwrap();
    let found = check(&pack(dir.path(), &key, (None, None), None));
    assert!(said(&found.findings)[0].contains("leads to the last one"), "{:?}", found.findings);
    // Without any head the rows are as they were packed; that they may lack their end is told, too.
    fs::remove_file(dir.path().join("netlog.chain.json")).unwrap();
    let found = check(&pack(dir.path(), &key, (None, None), None));
    assert_eq!(Standing::Unchanged, found.standing(), "{:?}", found.findings);
    assert!(said(&found.notes).iter().any(|note| note.contains("rows may be missing at the end")), "{:?}", found.notes);
}

#[test]
fn rows_of_other_programs_come_with_it_and_are_not_vouched_for() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    let dir = folder(&key_file, &[5], false);
    let row = "2026-01-01 00:00:30,2026-01-01T00:00:30+00:00,0.5,4/4,1,1,1,1,OK,,,,,1/1,1,,192.0.2.9:ok\n";
    fs::write(dir.path().join("netlog of anna.csv"), row.repeat(3)).unwrap();
    let bytes = pack(dir.path(), &key, (None, None), None);
    let (found, files) = (check(&bytes), unpack(&bytes));
    assert_eq!(Vec::<String>::new(), said(&found.findings));
    assert_eq!(5, found.n_rows);
    assert!(said(&found.notes)[0].starts_with("rows/netlog_other.csv: 2 lines"), "{:?}", found.notes);
    assert_eq!(row.repeat(3), text(&files, "rows/netlog_other.csv"));
    assert_eq!(8, text(&files, "rows/netlog.jsonl").lines().count());
}

#[test]
fn whose_pack_it_is_is_told() {
    use crate::codec::public_key::{Named, fingerprint};
    let key_file = Key::make().unwrap();
    let (key, other) = (Key::read(&key_file).unwrap(), new_key());
    let dir = folder(&key_file, &[5], false);
    let bytes = pack(dir.path(), &key, (None, None), None);
    let with = |named: &Named| said(&verify_in(Cursor::new(&bytes), Path::new("x"), Some(named)).unwrap().findings);
    assert_eq!(Vec::<String>::new(), with(&Named::Digits(fingerprint(&key.public()))));
    assert_eq!(
        ["the pack: the pack is signed by another key than the one expected"],
        with(&Named::Key(other.public())).as_slice()
    );
    // The rows were written with one key and packed with another.
    let found = check(&pack(dir.path(), &other, (None, None), None));
    assert_eq!(Vec::<String>::new(), said(&found.findings));
    assert!(said(&found.notes)[0].contains(&fingerprint(&key.public())), "{:?}", found.notes);
}
