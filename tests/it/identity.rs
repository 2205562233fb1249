//! What identifies somebody is in no file of a redacted report or pack, wherever it stood before.

use std::{fs, io::Read as _, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use network_logging::{
    codec::{config_json, redact},
    demo,
    evidence::{self, Request, pack},
    model::{
        config::{Config, SETTINGS},
        diary::{OutageNote, Ticket},
        history::{Measured, Reading, Role, SeriesKey},
        probe::Means,
        proof::{AsideReason, PutAside},
        settings::{Kind, Setting, Value},
        spelling::Spelling,
        time::Timestamp,
    },
    report::{self, Format, lang::Lang},
    simulation::Plan,
    store::{
        history::{Diary, HistoryFile},
        key::Key,
    },
};

/// Part of everything that identifies somebody here.
const MARK: &str = "plant";
/// Parts that no product may hold, redacted or not.
const SECRETS: [&str; 3] = ["plantedpw", "plantedquery", "planteduser"];

/// A value of a setting that identifies somebody; `None` for kinds that cannot.
fn identity(setting: &Setting<Config>, n: usize) -> Option<Value> {
    let url = format!(
        "https://planteduser{n}:plantedpw@plantedsite{n}.example.org:8443/plantedpath?k=plantedquery#plantedpw"
    );
    let addr = || format!("203.0.113.{}", n % 250);
    Some(match setting.kind {
        Kind::Text => Value::Text(format!("Planted{n}ware Person & Söhne, 0170 123456{n:02} plant")),
        Kind::Folder => Value::Text(format!("/srv/planted folder {n}/plantedlogs")),
        Kind::Host | Kind::OptionalHost => Value::Text(format!("plantedhost{n}")),
        Kind::Hosts => Value::List(vec![format!("plantedpc{n}"), format!("planted{n}.example.net"), addr()]),
        Kind::OptionalAddr | Kind::AutoAddr => Value::Text(addr()),
        Kind::Addrs | Kind::AutoAddrs => Value::List(vec![addr()]),
        Kind::Url | Kind::OptionalUrl => Value::Text(url),
        Kind::Urls => Value::List(vec![url]),
        Kind::Mailboxes => Value::List(vec![format!("plantedbox{n}@plantedmail{n}.example.org")]),
        Kind::Spelled(Spelling::OptionalMailbox) => Value::Text(format!("plantedbox{n}@plantedmail{n}.example.org")),
        Kind::Spelled(Spelling::OptionalFile) => Value::Text(format!("/srv/planted folder {n}/plantedca.pem")),
        Kind::Spelled(Spelling::OptionalBroker) => Value::Text(format!("mqtts://plantedbroker{n}.example.org:8883")),
        Kind::Spelled(Spelling::OptionalMailServer) => Value::Text(format!("smtps://plantedmail{n}.example.org")),
        // The identifier of the line is one of MQTT topics and metrics, and no name of a person.
        Kind::Spelled(Spelling::Site | Spelling::Listen | Spelling::Topic | Spelling::OptionalHours)
        | Kind::Switch
        | Kind::Whole(..)
        | Kind::Number(..)
        | Kind::Choice(_)
        | Kind::Words(_) => return None,
    })
}

/// Settings with an identity wherever one fits.
fn planted() -> Config {
    let mut config = Config::default();
    for (n, setting) in SETTINGS.iter().enumerate() {
        if let Some(value) = identity(setting, n) {
            setting.set(&mut config, value).unwrap_or_else(|why| panic!("{}: {why}", setting.key));
        }
    }
    config
}

/// A folder of logs with an identity wherever one may stand, and what is asked of it.
fn folder(dir: &Path) -> Request {
    let end: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    demo::write(dir, &Plan { end, length: Duration::from_hours(24), seed: 5 }).unwrap();
    let mut request = Request::new(dir, planted(), end);
    request.zone = "UTC".into();
    request.samples = pack::Samples::Around;
    let (input, _) = evidence::gather(&request).unwrap();
    let outage = input.summary.outages[0].outage.start.wall;
    let diary = Diary::open(dir).unwrap();
    let text = |what: &str| format!("{what} planted by Planta Plantson, +49 170 plant");
    diary.add_ticket(&Ticket { id: 0, at: outage, number: text("INC-47"), said: text("said"), closed: None }).unwrap();
    diary.add_note(&OutageNote { outage, at: outage, text: text("remark") }).unwrap();
    drop(diary);
    let mut history = HistoryFile::open(dir, end).unwrap();
    for config in [Config::default(), planted(), Config::default(), planted()] {
        let all = SETTINGS.iter().map(|s| (s.key.to_owned(), config_json::render(&s.get(&config))));
        history.note_settings(&all.collect::<Vec<_>>(), outage).unwrap();
    }
    for (host, role) in [
        ("https://planteduser:plantedpw@plantedsite2.example.org/?plantedquery", Role::Site),
        ("plantedpc1", Role::Target),
    ] {
        let key = Arc::new(SeriesKey { role, host: host.into(), means: Means::Http });
        let reading = Reading { at_ms: outage.timestamp_millis(), measured: Measured::Lost };
        history.append(&[(key, reading)], end).unwrap();
    }
    drop(history);
    let at = outage.format("%Y%m%d_%H%M%S");
    // Not by its shape, but by the settings it is known that this is a host.
    let host = &request.config.ntp_server;
    let facts = format!("hostname=plantedlaptop\n    SSID : planted cafe 5G\nfile=/home/plantedme/x {host} is late\n");
    fs::write(dir.join(format!("wan_diag_{at}.log")), facts).unwrap();
    let trace = "HOST: plantedlaptop  Loss%\n  1. line.planted.example.net (203.0.113.7)\n  2. planted cafe 5G\n";
    fs::write(dir.join("mtr_planted_example_net.log"), trace).unwrap();
    fs::write(dir.join(format!("trace_planted.example.net_{at}.log")), trace).unwrap();
    // A log of somebody else's name, as a program may have put it aside, with a row that was altered.
    let log = fs::read_to_string(dir.join("netlog.csv")).unwrap();
    let some: Vec<&str> = log.lines().take(50).collect();
    fs::write(dir.join("netlog of planted plantson.csv"), some.join("\r\n").replacen(",OK,", ",plantedpc1,", 1))
        .unwrap();
    // Another with rows of a wrong time.
    let early: Vec<String> = some.iter().map(|line| line.replace("2026-10-", "2001-10-")).collect();
    fs::write(dir.join("netlog_plantson.csv"), early.join("\r\n")).unwrap();
    // A history as earlier versions wrote it, put aside because it was damaged.
    let damaged = "https://planteduser:plantedpw@plantedsite2.example.org/?plantedquery";
    fs::write(dir.join(format!("history_damaged_{at}.db")), damaged).unwrap();
    request
}

/// Fails where a file holds one of these parts, whatever its case, also as the texts of a PDF are spelled.
#[track_caller]
fn check(name: &str, bytes: &[u8], parts: &[&str]) {
    let mut texts = vec![String::from_utf8_lossy(bytes).to_lowercase()];
    let wide: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    texts.push(String::from_utf8_lossy(&wide).to_lowercase());
    if bytes.starts_with(b"%PDF") {
        texts.extend(streams(bytes).iter().map(|stream| String::from_utf8_lossy(stream).to_lowercase()));
    }
    for part in parts {
        let at = texts.iter().find_map(|text| Some((text, text.find(part)?)));
        let around = at.map(|(text, at)| {
            text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect::<String>()
                + &text[at..].chars().take(60).collect::<String>()
        });
        assert_eq!(None, around, "{name} holds {part}");
        assert!(!name.to_lowercase().contains(part), "{name}");
    }
}

/// Streams of a PDF, inflated.
fn streams(pdf: &[u8]) -> Vec<Vec<u8>> {
    let starts = pdf.windows(7).enumerate().filter(|(_, window)| window == b"stream\n").map(|(at, _)| at + 7);
    let inflate = |at| {
        let mut stream = Vec::new();
        flate2::read::ZlibDecoder::new(&pdf[at..]).read_to_end(&mut stream).ok();
        stream
    };
    starts.map(inflate).collect()
}

/// Files of a pack, by the headers before each of them.
fn unpacked(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let number =
        |at: usize, len: usize| zip[at..at + len].iter().rev().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
    let (mut at, mut files) = (0, Vec::new());
    while zip[at..].starts_with(b"PK\x03\x04") {
        let (name, extra) = (number(at + 26, 2), number(at + 28, 2));
        let data = at + 30 + name + extra;
        let length = number(at + 18, 4);
        assert_ne!(u32::MAX as usize, length, "a long file");
        let mut bytes = Vec::new();
        match number(at + 8, 2) {
            0 => bytes.extend(&zip[data..data + length]),
            _ => drop(flate2::read::DeflateDecoder::new(&zip[data..data + length]).read_to_end(&mut bytes).unwrap()),
        }
        files.push((String::from_utf8(zip[at + 30..at + 30 + name].to_vec()).unwrap(), bytes));
        at = data + length;
    }
    files
}

fn pack_of(request: &Request) -> Vec<(String, Vec<u8>)> {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("pack.zip");
    let key = Key::read(&Key::make().unwrap()).unwrap();
    pack::make(request, &path, Some(&key), &mut |_| ControlFlow::Continue(())).unwrap();
    unpacked(&fs::read(&path).unwrap())
}

#[test]
fn no_identity_is_left_in_a_redacted_pack_or_report() {
    let dir = tempfile::tempdir().unwrap();
    let mut request = folder(&dir.path().join("logs"));
    let plain = pack_of(&request);
    let all = plain.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).to_lowercase()).collect::<String>();
    for part in ["inc-47 planted", "remark planted", "person & söhne", "plantedhost", "planted cafe", "plantedsite"] {
        assert!(all.contains(part), "{part} was never there");
    }
    for (name, bytes) in &plain {
        check(name, bytes, &SECRETS);
    }
    request.redact = true;
    for lang in Lang::ALL {
        request.lang = *lang;
        let files = pack_of(&request);
        for name in
            ["config/config.json", "config/history.csv", "history/diary.json", "history/samples.csv", "manifest.json"]
        {
            assert!(files.iter().any(|(file, _)| file == name), "{name} is not there");
        }
        for (name, bytes) in &files {
            check(name, bytes, &[MARK, "203.0.113.", "söhne", "0170 1234"]);
        }
        let (mut input, read) = evidence::gather(&request).unwrap();
        assert!(read.put_aside.iter().any(|rows| rows.file.ends_with("netlog_plantson.csv")), "{:?}", read.put_aside);
        let file = "netlog_plantson_20261001_000000.csv".to_owned();
        input.chain.as_mut().unwrap().put_aside.push(PutAside { reason: AsideReason::Unsigned, file });
        for format in Format::ALL {
            let bytes = report::render(&input, *format).unwrap();
            check(&format!("report.{}", format.extension()), &bytes, &[MARK, "203.0.113.", "söhne", "0170 1234"]);
        }
    }
}

#[test]
fn what_everybody_has_as_a_default_is_told_in_redacted_settings() {
    let config = Config { targets: vec!["1.1.1.1".into(), "my-nas".into()], ..Config::default() };
    let text = config_json::write_for_anybody(&config);
    let text = evidence::redactor(&config).text(&text);
    for part in [
        "\"http_url\": \"https://example.com\"",
        "generate_204",
        "[\"1.1.1.1\", \"<name>#1\"]",
        "\"success\"",
        "\"customer\": \"\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let known: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(SETTINGS.len(), known.as_object().unwrap().len());
    assert_eq!(redact::redact_text("my-nas"), "my-nas");
}
