use super::*;
use crate::codec::netlog_csv::{HEADER, header_line};

const LINE: &str = "2025-10-02 14:35:02,2025-10-02T12:35:02+00:00,,,,,,,OK,,,,,,,,,,,,,,,,,,,,,,,,\r\n";

fn now() -> Timestamp {
    "2025-10-02T12:35:02Z".parse().unwrap()
}

fn open(dir: &Path) -> (NetlogFile, Vec<Repair>) {
    NetlogFile::open(dir, now(), None).unwrap()
}

/// The row that stands in this place of a chain of `LINE`s.
fn nth(idx: usize) -> String {
    chained(idx + 1).split_inclusive('\n').next_back().unwrap().to_owned()
}

/// `LINE` so many times, each bound to the one before.
fn chained(n: usize) -> String {
    let lines = std::iter::successors(Some(netlog_csv::chain(LINE, Link::START)), |(_, before)| {
        Some(netlog_csv::chain(LINE, *before))
    });
    lines.take(n).map(|(line, _)| line).collect()
}

fn folder(content: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE_NAME), content).unwrap();
    dir
}

fn text(dir: &Path) -> String {
    fs::read_to_string(dir.join(FILE_NAME)).unwrap()
}

#[test]
fn a_new_log_gets_a_header_and_an_old_one_keeps_its_lines() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("a/b");
    for n in 1..4 {
        let (mut file, repairs) = open(&logs);
        assert!(repairs.is_empty());
        file.append(LINE, now()).unwrap();
        assert!(file.take_repairs().is_empty());
        assert_eq!(header_line() + &chained(n), text(&logs));
    }
}

#[test]
fn an_empty_log_gets_a_header() {
    let dir = folder(b"");
    assert!(open(dir.path()).1.is_empty());
    assert_eq!(header_line(), text(dir.path()));
}

#[test]
fn a_line_torn_at_any_byte_is_closed_and_kept() {
    for cut in 1..LINE.len() {
        let torn = header_line() + &chained(1) + &LINE[..cut];
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).0.append(LINE, now()).unwrap();
        fs::write(dir.path().join(FILE_NAME), &torn).unwrap();
        let (mut file, repairs) = open(dir.path());
        assert_eq!(vec![Repair::TornLine(file.path().to_owned())], repairs);
        file.append(LINE, now()).unwrap();
        let end = if cut == LINE.len() - 1 { "\n".to_owned() } else { format!("{CUT}\r\n") };
        assert_eq!(torn + &end + &nth(1), text(dir.path()));
    }
}

#[test]
fn a_header_torn_at_any_byte_is_completed() {
    for cut in 0..header_line().len() {
        let dir = folder(&header_line().as_bytes()[..cut]);
        open(dir.path());
        assert_eq!(header_line(), text(dir.path()), "cut at {cut}");
        assert_eq!(1, fs::read_dir(dir.path()).unwrap().count());
    }
}

#[test]
fn our_header_is_known_in_other_clothes() {
    let header = HEADER.join(",");
    for content in [format!("\u{feff}{header}\r\n"), format!("{header}\n"), format!("{header}\r\n")] {
        let dir = folder(content.as_bytes());
        assert!(open(dir.path()).1.is_empty());
        assert_eq!(content, text(dir.path()));
    }
}

#[test]
fn a_log_with_other_columns_is_put_aside_whole_and_never_over_another() {
    let original = HEADER[..17].join(",") + "\r\n";
    for content in [original.as_bytes(), b"\0\0\0\0", b"2025-10-02 14", "x".repeat(9999).as_bytes()] {
        let dir = folder(content);
        fs::write(dir.path().join("netlog_20251002_123502.csv"), "mine").unwrap();
        let (mut file, repairs) = open(dir.path());
        let aside = dir.path().join("netlog_20251002_123502_2.csv");
        assert_eq!(vec![Repair::OtherHeader(aside.clone())], repairs);
        assert_eq!(content, fs::read(aside).unwrap());
        assert_eq!("mine", fs::read_to_string(dir.path().join("netlog_20251002_123502.csv")).unwrap());
        file.append(LINE, now()).unwrap();
        assert_eq!(header_line() + &chained(1), text(dir.path()));
    }
}

#[test]
fn a_log_removed_or_replaced_under_us_is_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let (mut file, _) = open(&logs);
    file.append(LINE, now()).unwrap();

    fs::remove_file(logs.join(FILE_NAME)).unwrap();
    file.append(LINE, now()).unwrap();
    assert_eq!(vec![Repair::Vanished(logs.join(FILE_NAME))], file.take_repairs());
    assert_eq!(header_line() + &nth(1), text(&logs));

    fs::remove_dir_all(&logs).unwrap();
    file.append(LINE, now()).unwrap();
    assert_eq!(vec![Repair::Vanished(logs.join(FILE_NAME))], file.take_repairs());

    fs::write(logs.join(FILE_NAME), "a,b\n1,2\n").unwrap();
    file.append(LINE, now()).unwrap();
    assert!(matches!(file.take_repairs()[..], [Repair::OtherHeader(_)]));
    assert_eq!(header_line() + &nth(3), text(&logs));
}

#[test]
fn a_part_of_a_line_left_by_a_full_disk_never_runs_into_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = open(dir.path());
    let mut raw = fs::OpenOptions::new().append(true).open(file.path()).unwrap();
    raw.write_all(&LINE.as_bytes()[..30]).unwrap();
    file.append(LINE, now()).unwrap();
    assert_eq!(vec![Repair::TornLine(file.path().to_owned())], file.take_repairs());
    assert_eq!(format!("{}{}{CUT}\r\n{}", header_line(), &LINE[..30], nth(0)), text(dir.path()));
}

#[test]
fn a_folder_that_is_none_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let err = NetlogFile::open(&file, now(), None).unwrap_err();
    assert_eq!(format!("cannot make {}", file.display()), err.to_string());
}

#[test]
fn rows_that_nothing_protects_are_not_continued() {
    for content in [header_line() + LINE, header_line() + &chained(2)] {
        let dir = folder(content.as_bytes());
        let (mut file, repairs) = open(dir.path());
        assert_eq!((Vec::new(), content.clone()), (repairs, text(dir.path())), "as it was until there is a row");
        file.append(LINE, now()).unwrap();
        let aside = dir.path().join("netlog_20251002_123502.csv");
        assert_eq!(vec![Repair::PutAside(AsideReason::Unsigned, Some(aside.clone()))], file.take_repairs());
        assert_eq!(content, fs::read_to_string(aside).unwrap());
        let told = PutAside { reason: AsideReason::Unsigned, file: "netlog_20251002_123502.csv".into() };
        assert_eq!(Some(told), put_aside_before(dir.path()).unwrap());
        file.append(LINE, now()).unwrap();
        assert!(file.take_repairs().is_empty() && open(dir.path()).1.is_empty());
    }
}
