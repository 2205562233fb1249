use std::{fs, io::Write as _, thread, time::Duration};

use super::*;

struct Bench {
    _dir: tempfile::TempDir,
    viewer: Viewer,
}

impl Bench {
    fn new(content: &[u8]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        fs::write(&path, content).unwrap();
        let viewer = Viewer::open(&path, || {}).unwrap();
        Self { _dir: dir, viewer }
    }

    fn append(&self, content: &[u8]) {
        fs::OpenOptions::new().append(true).open(self.viewer.path()).unwrap().write_all(content).unwrap();
    }

    /// Waits until it is so.
    #[track_caller]
    fn until(&self, is_so: impl Fn(&View) -> bool) -> View {
        for _ in 0..2000 {
            let view = self.viewer.view();
            if is_so(&view) {
                return view;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("not so after 10 s: {:?}", self.viewer.view());
    }

    #[track_caller]
    fn answer(&self) -> Answer {
        for _ in 0..2000 {
            if let Some(answer) = self.viewer.answers().into_iter().next() {
                return answer;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("no answer after 10 s");
    }

    fn show(&self, first: First, count: usize) {
        assert!(self.viewer.ask(Ask::Show { first, count, column: 0 }));
    }

    fn search(&self, text: &str) {
        let query = Query { text: text.into(), is_regex: true, match_case: true };
        assert!(self.viewer.ask(Ask::Search(Pattern::new(&query).unwrap().map(Box::new))));
    }
}

fn texts(view: &View) -> Vec<String> {
    view.lines.iter().map(|line| String::from_utf8_lossy(&line.part).into_owned()).collect()
}

fn many(n_lines: u32) -> Vec<u8> {
    (0..n_lines).flat_map(|n| format!("line {n}\n").into_bytes()).collect()
}

#[test]
fn lines_are_shown_from_anywhere() {
    let bench = Bench::new(&many(100_000));
    bench.show(First::Line(77_777), 2);
    let view = bench.until(|view| view.is_indexed() && !view.lines.is_empty());
    assert_eq!((100_000, 0), (view.n_lines, view.generation));
    assert_eq!(["line 77777", "line 77778"], texts(&view)[..]);
    bench.show(First::End, 2);
    let view = bench.until(|view| view.first == Some(First::End));
    assert_eq!(["line 99998", "line 99999"], texts(&view)[..]);
    assert_eq!(Some(99_999), view.lines[1].number);
}

#[test]
fn growth_shows_and_is_searched() {
    let bench = Bench::new(b"one\ntw");
    bench.show(First::End, 3);
    bench.search("o");
    bench.until(|view| view.search.as_ref().is_some_and(|search| search.is_done && search.hits == 1));
    bench.append(b"o\nthree\nfour\n");
    let view = bench.until(|view| view.search.as_ref().is_some_and(|search| search.is_done && search.hits == 3));
    assert_eq!((4, 0), (view.n_lines, view.generation));
    assert_eq!(["two", "three", "four"], texts(&view)[..]);
}

#[test]
fn a_log_that_is_cut_short_or_replaced_begins_anew() {
    let bench = Bench::new(&many(5000));
    bench.show(First::Line(0), 1);
    bench.search("line");
    bench.until(|view| view.search.as_ref().is_some_and(|search| search.is_done && search.hits == 5000));
    fs::write(bench.viewer.path(), b"a new line\n").unwrap();
    let view = bench.until(|view| view.search.as_ref().is_some_and(|search| search.is_done && search.hits == 1));
    assert!(view.generation > 0);
    let view = bench.until(|view| texts(view) == ["a new line"]);
    assert_eq!(LogState::Open, view.state);
}

#[test]
fn a_log_that_vanishes_is_shown_and_may_come_back() {
    let bench = Bench::new(b"one\n");
    bench.show(First::Line(0), 9);
    bench.until(|view| texts(view) == ["one"]);
    fs::remove_file(bench.viewer.path()).unwrap();
    let view = bench.until(|view| view.state == LogState::Gone);
    assert_eq!(["one"], texts(&view)[..]);
    fs::write(bench.viewer.path(), b"other\n").unwrap();
    bench.until(|view| view.state == LogState::Open && texts(view) == ["other"]);
}

#[test]
fn a_log_that_is_not_there_yet_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.log");
    let viewer = Viewer::open(&path, || {}).unwrap();
    let bench = Bench { _dir: dir, viewer };
    bench.show(First::End, 9);
    bench.until(|view| view.state == LogState::Gone);
    fs::write(&path, b"one\n").unwrap();
    bench.until(|view| view.state == LogState::Open);
    bench.show(First::End, 9);
    bench.until(|view| texts(view) == ["one"]);
}

#[test]
fn matches_are_found_one_after_the_other_and_around_the_end() {
    let bench = Bench::new(&many(30_000));
    bench.search("line .*99$");
    let find = |offset, forward| {
        assert!(bench.viewer.ask(Ask::Find { id: 7, offset, forward }));
        match bench.answer() {
            Answer::Found { id: 7, hit, line, wrapped } => (hit.unwrap().bytes, line.unwrap(), wrapped),
            other => panic!("{other:?}"),
        }
    };
    let (first, line, wrapped) = find(0, true);
    assert_eq!((99, false), (line, wrapped));
    let (second, line, _) = find(first.end, true);
    assert_eq!(199, line);
    assert_eq!((99, false), {
        let (_, line, wrapped) = find(second.start, false);
        (line, wrapped)
    });
    assert_eq!((29_999, true), {
        let (_, line, wrapped) = find(first.start, false);
        (line, wrapped)
    });
    assert_eq!((99, true), {
        let (_, line, wrapped) = find(u64::MAX, true);
        (line, wrapped)
    });
    bench.search("nothing like it");
    assert!(bench.viewer.ask(Ask::Find { id: 8, offset: 0, forward: true }));
    assert_eq!(Answer::Found { id: 8, hit: None, line: None, wrapped: true }, bench.answer());
}

#[test]
fn text_is_copied_and_too_much_is_not() {
    let bench = Bench::new(b"one\ntw\xff\nthree\n");
    bench.viewer.ask(Ask::Copy { id: 1, bytes: 2..7 });
    assert_eq!(Answer::Copied { id: 1, text: Some("e\ntw\u{fffd}".into()) }, bench.answer());
    bench.viewer.ask(Ask::Copy { id: 2, bytes: 0..MAX_COPY + 1 });
    assert_eq!(Answer::Copied { id: 2, text: None }, bench.answer());
}

#[test]
fn a_time_is_found() {
    let bench = Bench::new(b"2026-01-03T10:00:00Z a\n2026-01-03T11:00:00Z b\n");
    bench.viewer.ask(Ask::Seek { id: 1, at: "2026-01-03T10:30:00Z".parse().unwrap() });
    assert_eq!(Answer::Sought { id: 1, sought: Sought::At(23), line: Some(1) }, bench.answer());
}

#[test]
fn a_folder_cannot_be_looked_at_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let viewer = Viewer::open(dir.path(), || {}).unwrap();
    let bench = Bench { _dir: dir, viewer };
    bench.until(|view| matches!(view.state, LogState::Failed(_)));
}
