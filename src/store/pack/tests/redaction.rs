//! What is taken out of a redacted pack is nowhere in it.

use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use crate::store::pack::redacted::Seed;

/// The texts that give somebody away, in the spellings that stand in files of a folder.
const SECRETS: &[&str] = &[
    "203.0.113.7",
    "203_0_113_7",
    "203.0.200.9",
    "198.51.100.77",
    "kitchen-pc",
    "gw.home.example.net",
    "gw_home_example_net",
    "02:00:5e:10:20:30",
    "My Caf\u{e9} 5G",
];

fn redactor() -> Redactor {
    let mut redactor = Redactor::default();
    redactor.keep("1.1.1.1");
    redactor.hide("Kitchen-PC");
    redactor
}

/// No byte of the archive or of a file in it holds any of these, whatever their case.
#[track_caller]
fn holds_none(bytes: &[u8], secrets: &[String]) {
    let mut all = vec![("the archive".to_owned(), bytes.to_vec())];
    all.extend(unpack(bytes));
    for (name, bytes) in all {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for secret in secrets {
            assert!(!text.contains(&secret.to_lowercase()), "{secret} is in {name}:\n{text}");
        }
    }
}

#[test]
fn a_redacted_pack_verifies_and_gives_nobody_away() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    let dir = folder(&key_file, &[30, 20], true);
    let bytes = pack(dir.path(), &key, (None, None), Some(redactor()));
    holds_none(&bytes, &SECRETS.iter().map(|secret| (*secret).to_owned()).collect::<Vec<_>>());
    let (found, files) = (check(&bytes), unpack(&bytes));
    assert_eq!(Vec::<String>::new(), said(&found.findings));
    assert_eq!([PackWhat::Redacted], found.notes.into_iter().map(|note| note.what).collect::<Vec<_>>().as_slice());
    assert_eq!(50, found.n_rows);
    // The same hop is called the same everywhere, and which network it is in is seen.
    let rows = text(&files, "rows/netlog.csv");
    let hop = "203.0.x.x#1";
    assert!(rows.contains(&format!("{hop}:ok;203.0.x.x#2:down")), "{rows}");
    assert!(rows.contains("1.1.1.1=20.00;198.51.x.x#1=lost"), "{rows}");
    assert!(text(&files, "report/report.txt").contains(&format!("ends at {hop}, on <name>#")));
    assert!(text(&files, "history/samples.csv").contains(hop));
    assert!(text(&files, "rows/netlog.jsonl").contains(hop));
    assert!(text(&files, "traces/mtr_203_0_x_x-1.log").contains(hop));
    let trace = "trace_203_0_x_x-1_20260101_000100.log";
    assert!(rows.contains(trace) && files.contains_key(&format!("traces/{trace}")), "{:?}", files.keys());
    let manifest = found.manifest.unwrap();
    assert!(manifest.redaction.unwrap().n_replaced >= 6);
    assert!(manifest.chain.unwrap().head.is_none(), "what is not redacted could be found by trying");
    assert!(text(&files, "README.txt").contains("This pack is redacted"));
}

#[test]
fn the_owner_can_prove_what_a_line_was() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    let dir = folder(&key_file, &[10], false);
    let bytes = pack(dir.path(), &key, (None, None), Some(redactor()));
    let (files, log) = (unpack(&bytes), fs::read_to_string(dir.path().join("netlog.csv")).unwrap());
    let manifest = pack_json::parse(&text(&files, MANIFEST)).unwrap();
    let seed = Seed::new(&key, manifest.made);
    assert_eq!(seed.sha256(), manifest.redaction.unwrap().seed);
    let commitments = text(&files, "rows/commitments.csv");
    assert_eq!(12, commitments.lines().count());
    for (line, number) in log.lines().zip(1_u64..) {
        let expected = format!("rows/netlog.csv,{number},{}", seed.of_line("rows/netlog.csv", number, line.as_bytes()));
        assert!(commitments.contains(&expected), "{expected}");
    }
    let other = Seed::new(&new_key(), manifest.made);
    let forged = other.of_line("rows/netlog.csv", 2, log.lines().nth(1).unwrap().as_bytes());
    assert!(!commitments.contains(&forged));
}

#[test]
fn what_did_not_follow_does_not_follow_when_it_is_redacted() {
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    let dir = folder(&key_file, &[30], false);
    let path = dir.path().join("netlog.csv");
    let log = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    fs::write(&path, [&lines[..10], &lines[11..]].concat().concat()).unwrap();
    let found = check(&pack(dir.path(), &key, (None, None), Some(redactor())));
    assert!(
        said(&found.findings)[0].starts_with("rows/netlog.csv, line 11: rows were taken out"),
        "{:?}",
        found.findings
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_that_identifies_somebody_survives(
        v4 in proptest::collection::vec([20_u8..100, 0..255, 1..255, 1..255], 1..4),
        v6 in [0x2a00_u16..0x2a10, 0..999, 0..9999, 0..0xffff, 0..0xffff, 0..0xffff, 0..0xffff, 1..0xffff],
        mac: [u8; 6],
        ssid in "[A-Z][a-z]{3,8}[ !][0-9]{4,6}",
        name in "[a-z]{5,9}-[a-z]{2}[0-9]",
        domain in "[a-z]{4,9}\\.[a-z]{5,8}\\.(de|net)",
    ) {
        let key_file = Key::make().unwrap();
        let key = Key::read(&key_file).unwrap();
        let dir = folder(&key_file, &[3], false);
        let v6: IpAddr = IpAddr::from(v6);
        let mut addrs: Vec<String> = v4.into_iter().map(|octets| IpAddr::from(octets).to_string()).collect();
        addrs.push(v6.to_string());
        let mac = mac.map(|byte| format!("{byte:02x}")).join(":");
        let mut secrets = addrs.clone();
        secrets.extend([mac.clone(), ssid.clone(), name.clone(), domain.clone()]);
        for addr in &addrs {
            let flat = addr.replace(['.', ':'], "_");
            secrets.push(flat.clone());
            let mut row = row(1, 100);
            row.isp_hops = vec![(host(addr), None)];
            row.resolvers = vec![(host(addr), "ok".into())];
            row.trace_file = format!("mtr_{flat}.log");
            let (mut file, _) = NetlogFile::open(dir.path(), at(100), Key::read(&key_file)).unwrap();
            file.append(&render(&row, row.at.naive_utc()), row.at).unwrap();
            let facts = format!("HOST: {name}\n  2. {domain} ({addr})\n {mac} {addr}:443 [{addr}] {addr}\n");
            fs::write(dir.path().join(format!("mtr_{flat}.log")), &facts).unwrap();
            fs::write(dir.path().join(format!("trace_{domain}_20260101_000000.log")), &facts).unwrap();
        }
        let mut diag = fs::File::create(dir.path().join("wan_diag_20260101_000000.log")).unwrap();
        write!(diag, "Host Name . . . : {name}\n  ESSID:\"{ssid}\"\nthe network {ssid} of {name}, ether {mac}\n").unwrap();
        let bytes = pack(dir.path(), &key, (None, None), Some(redactor()));
        holds_none(&bytes, &secrets);
        prop_assert_eq!(Vec::<String>::new(), said(&check(&bytes).findings));
    }
}
