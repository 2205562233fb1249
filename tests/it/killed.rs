//! Helper processes that are killed.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Child,
    str::FromStr,
    thread,
    time::Duration,
};

/// What a helper said it wrote before it was killed: so long after its start, or after it had told two.
pub(crate) fn killed_after<T: FromStr>(mut child: Child, time: Duration, while_it_writes: bool) -> Vec<T> {
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while while_it_writes && text.matches("\nwrote ").count() < 2 {
        assert_ne!(0, said.read_line(&mut text).unwrap(), "the helper ended: {text}");
    }
    thread::sleep(time);
    child.kill().unwrap();
    said.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text.lines().filter_map(|line| line.strip_prefix("wrote ")?.parse().ok()).collect()
}
