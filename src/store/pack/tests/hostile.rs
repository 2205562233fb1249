//! Archives that are made to do harm.

use super::*;
use crate::{
    codec::zip::{DosTime, Entry, Method, directory},
    store::pack::writer::Writer,
};

fn time() -> DosTime {
    DosTime::new(at(980).naive_utc())
}

#[track_caller]
fn refused(bytes: &[u8], word: &str) {
    let error = verify_in(Cursor::new(bytes), Path::new("x.zip"), None).unwrap_err().to_string();
    assert!(error.contains(word) && error.ends_with("x.zip"), "{error}");
}

fn sample() -> Vec<u8> {
    let key_file = Key::make().unwrap();
    let dir = folder(&key_file, &[20], false);
    pack(dir.path(), &Key::read(&key_file).unwrap(), (None, None), None)
}

#[test]
fn what_is_no_pack_is_told_so() {
    refused(b"", "cut short");
    refused(b"PK\x03\x04 or something", "cut short");
    refused(&vec![0; 100_000], "cut short");
    let bytes = sample();
    for part in [1, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..part], "cut short");
    }
    refused(&directory(&[], 0, time()), "a ZIP without manifest.json");
    let mut end = directory(&[], 0, time());
    end[8..10].copy_from_slice(&[9, 9]);
    refused(&end, "cut short");
    let mut writer = Writer::new(Cursor::new(Vec::new()), time());
    let newer = br#"{"format":"network-logging evidence pack 2"}"#;
    writer.add(MANIFEST, Method::Stored, 0, None, &mut |out| std::io::Write::write_all(out, newer)).unwrap();
    refused(&writer.finish().unwrap().into_inner(), "newer version");
}

#[test]
fn absurd_numbers_cost_nothing() {
    let entry =
        Entry { name: b"a".into(), method: Method::Stored, crc: 0, packed: 0, size: 0, offset: 0, large: false };
    let many = vec![entry; 300_000];
    let bytes = directory(&many, 0, time());
    refused(&bytes, "more files than any");
    let mut end = directory(&[], 0, time());
    end[12..16].copy_from_slice(&[0xff; 4]);
    refused(&end, "more files than any");
}

#[test]
fn names_that_lead_elsewhere_lead_nowhere() {
    let bytes = sample();
    let files = unpack(&bytes);
    for name in ["../../network-logging-escaped", "/etc/passwd", "C:\\x", "a\0b", "\u{1b}[2J", "rows/../x"] {
        let mut writer = Writer::new(Cursor::new(Vec::new()), time());
        for (file, bytes) in &files {
            writer.add(file, Method::Deflated, 0, None, &mut |out| std::io::Write::write_all(out, bytes)).unwrap();
        }
        writer.add(name, Method::Deflated, 0, None, &mut |out| std::io::Write::write_all(out, b"x")).unwrap();
        let found = said(&check(&writer.finish().unwrap().into_inner()).findings);
        let added = found.iter().find(|found| found.ends_with("nobody signed it")).unwrap();
        assert!(!added.chars().any(char::is_control), "{added}");
    }
    assert!(!Path::new("../../network-logging-escaped").exists());
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bytes = sample();
    let files = unpack(&bytes);
    // A file of the pack becomes a gigabyte of nothing.
    let mut writer = Writer::new(Cursor::new(Vec::new()), time());
    for (file, bytes) in &files {
        let zeros = vec![0; 1 << 20];
        writer
            .add(file, Method::Deflated, 0, None, &mut |out| {
                let times = if file == "README.txt" { 1024 } else { 0 };
                (0..times).try_for_each(|_| std::io::Write::write_all(out, &zeros))?;
                std::io::Write::write_all(out, bytes)
            })
            .unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    let found = check(&bomb);
    assert!(
        found
            .findings
            .iter()
            .any(|finding| finding.name == "README.txt" && finding.what == PackWhat::Packed(Problem::TooLong))
    );
    // A manifest that announces as much itself.
    let manifest = pack_json::parse(&text(&files, MANIFEST)).unwrap();
    let huge = pack_json::Manifest {
        files: manifest.files.iter().map(|file| pack_json::FileRecord { size: 1 << 50, ..file.clone() }).collect(),
        ..manifest
    };
    let mut writer = Writer::new(Cursor::new(Vec::new()), time());
    let huge = pack_json::render(&huge);
    for (name, bytes) in [(MANIFEST, huge.as_bytes()), (SIGNATURE, &[0; 64])] {
        writer.add(name, Method::Stored, 0, None, &mut |out| std::io::Write::write_all(out, bytes)).unwrap();
    }
    let found = check(&writer.finish().unwrap().into_inner());
    assert!(found.findings.iter().any(|finding| finding.what == PackWhat::Bomb), "{:?}", found.findings);
}

#[test]
fn files_that_share_their_bytes_are_not_unpacked() {
    let bytes = sample();
    let archive = Archive::open(Cursor::new(&bytes)).unwrap();
    let mut entries = archive.entries;
    let begins = entries.last().unwrap().offset + 30 + 12 + 64;
    for entry in entries.iter_mut().skip(3).take(4) {
        entry.offset = 0;
    }
    let forged = [&bytes[..usize::try_from(begins).unwrap()], &directory(&entries, begins, time())].concat();
    let found = check(&forged).findings;
    assert!(found.iter().any(|finding| finding.what == PackWhat::Packed(Problem::Misplaced)), "{found:?}");
}

#[test]
fn links_comments_and_what_hangs_on_are_found() {
    let bytes = sample();
    let container = |bytes: &[u8]| check(bytes).findings.iter().any(|finding| finding.what == PackWhat::Container);
    assert!(container(&[bytes.as_slice(), b"more"].concat()));
    // The attributes of the first entry in the directory: a symbolic link.
    let at = bytes.windows(4).position(|part| part == b"PK\x01\x02").unwrap() + 38;
    let mut link = bytes.clone();
    link[at + 3] = 0xa1;
    assert!(container(&link));
}
