//! Whatever is changed is found, and where.

use super::*;
use crate::{
    codec::zip::{DosTime, Method},
    store::pack::writer::Writer,
};

/// Packs these files anew as a pack is packed, in the order of the manifest.
fn repack(files: &BTreeMap<String, Vec<u8>>, order: &[String]) -> Vec<u8> {
    let time = DosTime::new(at(980).naive_utc());
    let mut writer = Writer::new(Cursor::new(Vec::new()), time);
    for name in order {
        let Some(bytes) = files.get(name) else { continue };
        let method = if name.starts_with("manifest.") { Method::Stored } else { Method::Deflated };
        writer.add(name, method, 0, None, &mut |out| std::io::Write::write_all(out, bytes)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn order(bytes: &[u8]) -> Vec<String> {
    let archive = Archive::open(Cursor::new(bytes)).unwrap();
    archive.entries.iter().map(|entry| String::from_utf8(entry.name.clone()).unwrap()).collect()
}

fn sample() -> (Vec<u8>, BTreeMap<String, Vec<u8>>, Vec<String>) {
    let key_file = Key::make().unwrap();
    let dir = folder(&key_file, &[50], false);
    let bytes = pack(dir.path(), &Key::read(&key_file).unwrap(), (None, None), None);
    let (files, order) = (unpack(&bytes), order(&bytes));
    (bytes, files, order)
}

type Change<'a> = &'a dyn Fn(&mut BTreeMap<String, Vec<u8>>, &mut Vec<String>);

#[test]
fn what_was_done_to_a_file_is_named() {
    let (bytes, files, order) = sample();
    assert!(bytes == repack(&files, &order), "the same files are the same pack");
    let with = |change: Change<'_>| {
        let (mut files, mut order) = (files.clone(), order.clone());
        change(&mut files, &mut order);
        said(&check(&repack(&files, &order)).findings)
    };
    let starts = |found: Vec<String>, with: &str| assert!(found[0].starts_with(with), "{with}: {found:?}");
    starts(with(&|files, _| drop(files.remove("README.txt"))), "README.txt: the file was taken out");
    starts(
        with(&|files, order| {
            files.insert("rows/extra.csv".into(), vec![1]);
            order.push("rows/extra.csv".into());
        }),
        "rows/extra.csv: the file was put in",
    );
    starts(
        with(&|files, _| files.get_mut("report/report.pdf").unwrap()[0] = 9),
        "report/report.pdf: the file was changed",
    );
    starts(
        with(&|files, _| files.get_mut("report/report.pdf").unwrap().push(9)),
        "report/report.pdf: the file was changed",
    );
    starts(with(&|files, _| drop(files.remove("manifest.sig"))), "manifest.sig: the pack is not signed");
    starts(with(&|files, _| files.get_mut("manifest.sig").unwrap()[3] ^= 1), "manifest.json: the list of files");
    starts(with(&|_, order| order.push("README.txt".into())), "README.txt: there are several");
    starts(with(&|_, order| order.swap(0, 1)), "the pack: the archive around");
    let found = with(&|files, _| {
        let manifest = files.get_mut("manifest.json").unwrap();
        *manifest = String::from_utf8(manifest.clone()).unwrap().replace("1.2.3", "1.2.4").into_bytes();
    });
    starts(found, "manifest.json: the list of files");
    starts(with(&|files, _| files.get_mut("manifest.json").unwrap().truncate(50)), "manifest.json: the list of files");
    // A row that was changed is named beside its file.
    let found = with(&|files, _| {
        let rows = files.get_mut("rows/netlog.csv").unwrap();
        *rows = String::from_utf8(rows.clone()).unwrap().replacen("WAN_DOWN", "OK", 1).into_bytes();
    });
    assert!(found.contains(&"rows/netlog.csv: the file was changed after it was signed".to_owned()), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("rows/netlog.csv, line 4: the row was changed")), "{found:?}");
}

#[test]
fn a_pack_that_another_program_packed_anew_has_all_its_files() {
    let (_, files, order) = sample();
    let mut writer = Writer::new(Cursor::new(Vec::new()), DosTime::new(at(0).naive_utc()));
    for name in &order {
        writer.add(name, Method::Stored, 0, None, &mut |out| std::io::Write::write_all(out, &files[name])).unwrap();
    }
    let found = check(&writer.finish().unwrap().into_inner());
    assert_eq!((true, 13), (found.is_signed, found.n_files));
    assert_eq!(1, found.findings.len(), "{:?}", found.findings);
    assert_eq!(PackWhat::Container, found.findings[0].what);
}

/// Whether a change is found, whatever is said of it.
fn is_found(bytes: &[u8]) -> bool {
    verify_in(Cursor::new(bytes), Path::new("x"), None).map_or(true, |found| !found.findings.is_empty())
}

#[test]
fn none_of_ten_thousand_changes_goes_unseen() {
    let seed = 20_260_101;
    let mut rng = fastrand::Rng::with_seed(seed);
    let key_file = Key::make().unwrap();
    let key = Key::read(&key_file).unwrap();
    for idx in 0..10 {
        let runs: Vec<u64> = (0..rng.usize(1..4)).map(|_| rng.u64(1..8)).collect();
        let dir = folder(&key_file, &runs, rng.bool());
        let period = match idx % 3 {
            0 => (None, None),
            1 => (Some(at(40)), Some(at(100))),
            _ => (None, Some(at(60))),
        };
        let redactor = (idx % 4 == 3).then(Redactor::default);
        let bytes = pack(dir.path(), &key, period, redactor);
        assert!(!is_found(&bytes), "{:?}", check(&bytes).findings);
        // Bytes of the archive, wherever they are.
        for change in 0..800 {
            let mut changed = bytes.clone();
            let place = rng.usize(..changed.len());
            let kind = rng.u8(..6);
            match kind {
                0 | 1 => changed[place] ^= 1 << rng.u8(..8),
                2 => drop(changed.remove(place)),
                3 => changed.insert(place, rng.u8(..)),
                4 => changed.truncate(place),
                _ => {
                    let other = rng.usize(..changed.len());
                    changed.swap(place, other);
                }
            }
            assert!(changed == bytes || is_found(&changed), "{idx} {change}: {kind} at {place} of {}", bytes.len());
        }
        // Lines of its files, packed as if nothing had happened.
        let (files, order) = (unpack(&bytes), order(&bytes));
        for change in 0..200 {
            let mut changed = files.clone();
            let name = rng.choice(&order).unwrap();
            let file = changed.get_mut(name).unwrap();
            let mut lines: Vec<Vec<u8>> = file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let line = rng.usize(..lines.len());
            match rng.u8(..4) {
                0 => drop(lines.remove(line)),
                1 => lines.insert(line, lines[line].clone()),
                2 => {
                    let other = (line + 1) % lines.len();
                    lines.swap(line, other);
                }
                _ => lines[line][0] ^= 1,
            }
            *file = lines.concat();
            assert!(
                *file == files[name] || is_found(&repack(&changed, &order)),
                "{idx} {change}: line {line} of {name}"
            );
        }
    }
}
