use std::{fs, sync::mpsc};

use proptest::prelude::*;

use super::*;
use crate::log_view::pattern::Query;

fn pattern(text: &str) -> Pattern {
    Pattern::new(&Query { text: text.into(), is_regex: true, match_case: true }).unwrap().unwrap()
}

/// A log with this in it, and the folder it lies in.
fn log(content: &[u8]) -> (tempfile::TempDir, Source) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.log");
    fs::write(&path, content).unwrap();
    let source = Source::open(&path).unwrap();
    (dir, source)
}

/// Searches all of a log and waits for the end.
fn searched(source: &Source, pattern: &Pattern, map: HitMap, start: u64) -> HitMap {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || sender.lock().unwrap().send(()).unwrap_or_default());
    let search = Search::start(source, pattern, map, start, &wake).unwrap();
    while !search.is_done() {
        receiver.recv_timeout(std::time::Duration::from_millis(20)).unwrap_or_default();
    }
    assert_eq!(None, search.fault());
    search.map()
}

/// Matches by the plainest of all means: the position of each, in each line.
fn naive(content: &[u8], pattern: &Pattern) -> Vec<(u64, Range<u64>)> {
    let (mut hits, mut start) = (Vec::new(), 0);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        hits.extend(pattern.hits(line).map(|hit| (start, start + hit.start as u64..start + hit.end as u64)));
        start += line.len() as u64;
    }
    hits
}

/// Three pieces and a bit, with lines of all lengths, one longer than a piece.
fn large() -> Vec<u8> {
    let mut content = Vec::new();
    for n in 0..40_000_u32 {
        content.extend_from_slice(format!("{n} 192.0.2.{} {}\r\n", n % 256, "x".repeat(n as usize % 50)).as_bytes());
        if n == 20_000 {
            content.resize(content.len() + 700_000, b'y');
            content.extend_from_slice(b"needle\n");
        }
    }
    content.extend_from_slice(b"last 192.0.2.77");
    content
}

#[test]
fn all_matches_of_a_large_log_are_counted_and_reached_both_ways() {
    let content = large();
    let (_dir, mut source) = log(&content);
    for text in ["192\\.0\\.2\\.77\\b", "needle", "^1.*5\r?$", "nowhere"] {
        let pattern = pattern(text);
        let expected = naive(&content, &pattern);
        let map = searched(&source, &pattern, HitMap::default(), 0);
        assert_eq!(expected.len() as u64, map.total().0, "{text}");
        let mut at = 0;
        for (ordinal, (line_start, bytes)) in (0..).zip(&expected) {
            let hit = next(&mut source, &pattern, &map, at).unwrap().unwrap();
            assert_eq!(Hit { line_start: *line_start, bytes: bytes.clone(), ordinal }, hit, "{text}");
            at = hit.bytes.start + 1;
        }
        assert_eq!(None, next(&mut source, &pattern, &map, at).unwrap());
        for (line_start, bytes) in expected.iter().rev().take(300) {
            at = if bytes == &expected.last().unwrap().1 { u64::MAX } else { at };
            let hit = previous(&mut source, &pattern, &map, at).unwrap().unwrap();
            assert_eq!((*line_start, bytes.clone()), (hit.line_start, hit.bytes.clone()), "{text}");
            at = hit.bytes.start;
        }
    }
}

#[test]
fn a_log_that_grew_is_searched_from_its_last_line_on() {
    let content = large();
    let pattern = pattern("7+");
    let path_of = |dir: &tempfile::TempDir| dir.path().join("x.log");
    let (dir, mut source) = log(&content[..600_011]);
    let map = searched(&source, &pattern, HitMap::default(), 0);
    let last_line = content[..600_011].iter().rposition(|byte| *byte == b'\n').unwrap() as u64 + 1;
    fs::write(path_of(&dir), &content).unwrap();
    assert_eq!(crate::log_view::source::Change::Grown, source.refresh().unwrap());
    let grown = searched(&source, &pattern, map, last_line);
    assert_eq!(searched(&source, &pattern, HitMap::default(), 0), grown);
    assert_eq!(naive(&content, &pattern).len() as u64, grown.total().0);
}

#[test]
fn a_search_that_is_dropped_ends() {
    let (_dir, source) = log(&large());
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
    let search = Search::start(&source, &pattern("x"), HitMap::default(), 0, &wake).unwrap();
    let shared = Arc::clone(&search.shared);
    drop(search);
    for _ in 0..1000 {
        if shared.n_working.load(Ordering::Acquire) == 0 {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("threads go on");
}

#[test]
fn a_log_that_shrinks_meanwhile_is_a_fault_and_no_crash() {
    let (dir, source) = log(&large());
    let shorter = fs::OpenOptions::new().write(true).open(dir.path().join("x.log")).unwrap();
    let mut reopened = source.reopen().unwrap();
    shorter.set_len(100).unwrap();
    let mut buffer = Vec::new();
    assert!(count(&mut reopened, &pattern("x"), SIZES.piece, SIZES, &mut buffer).is_err());
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
    assert!(Search::start(&source, &pattern("x"), HitMap::default(), 0, &wake).is_err());
}

#[test]
fn only_the_front_of_an_endless_line_is_searched() {
    let (_dir, mut source) = log(&[b"a".repeat(5000), b"\nb\n".to_vec()].concat());
    let sizes = Sizes { block: 100, piece: 200, max_line: 1000 };
    let mut buffer = Vec::new();
    let hits = |found: Vec<BlockHits>| found.iter().map(|found| found.hits).sum::<u32>();
    let first = count(&mut source, &pattern("a"), 0, sizes, &mut buffer).unwrap();
    assert!((1200..=5000).contains(&hits(first)));
    assert_eq!(0, hits(count(&mut source, &pattern("a"), 2000, sizes, &mut buffer).unwrap()));
    assert_eq!(1, hits(count(&mut source, &pattern("b"), 5000, sizes, &mut buffer).unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn pieces_of_any_size_find_what_a_search_in_each_line_finds(
        text in "[ab\r\n]{0,120}",
        expression in r"(a\+|b|\^a|a\$|\[\^a\]\+|ab\?)",
        block in 1_u64..7,
        blocks_a_piece in 1_u64..4,
    ) {
        let (_dir, mut source) = log(text.as_bytes());
        let pattern = pattern(&expression);
        let sizes = Sizes { block, piece: block * blocks_a_piece, max_line: 1 << 20 };
        let mut map = HitMap::with_block(block);
        let mut buffer = Vec::new();
        for piece in 0..source.len().div_ceil(sizes.piece) {
            let found = count(&mut source, &pattern, piece * sizes.piece, sizes, &mut buffer).unwrap();
            map.set(piece * sizes.piece, &found);
        }
        let expected = naive(text.as_bytes(), &pattern);
        let mut lines: Vec<u64> = expected.iter().map(|(line, _)| *line).collect();
        lines.dedup();
        prop_assert_eq!((expected.len() as u64, lines.len() as u64), map.total());
        for offset in 0..=source.len() {
            let after = expected.iter().find(|(_, bytes)| bytes.start >= offset).map(|(_, bytes)| bytes.clone());
            let before = expected.iter().rfind(|(_, bytes)| bytes.start < offset).map(|(_, bytes)| bytes.clone());
            prop_assert_eq!(after, next(&mut source, &pattern, &map, offset).unwrap().map(|hit| hit.bytes));
            prop_assert_eq!(before, previous(&mut source, &pattern, &map, offset).unwrap().map(|hit| hit.bytes));
        }
    }
}
