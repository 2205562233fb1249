//! The public address before and after outages, where the user let anybody be asked: from the files that they name.

use std::{fs::File, io::Read as _, path::Path};

use crate::{codec::public_address, model::summary::Summary, report::input::OutageAddress};

/// Of a longer file only so much is read.
const MOST: u64 = 4 << 20;

/// Returns the addresses known of these outages, which are given by their numbers from 0.
pub(super) fn of(dir: &Path, summary: &Summary, outages: &[usize]) -> Vec<OutageAddress> {
    let files = outages.iter().filter_map(|outage| Some((*outage, &summary.outages.get(*outage)?.files)));
    let all = files.map(|(outage, files)| in_files(dir, outage, files));
    all.filter(|found| found.before.or(found.after).is_some()).collect()
}

fn in_files(dir: &Path, outage: usize, files: &[String]) -> OutageAddress {
    let mut found = OutageAddress { outage, before: None, after: None };
    for name in files {
        if name.starts_with("wan_diag_") {
            found.before = text(dir, name).and_then(|text| public_address::in_facts(&text)).or(found.before);
        } else if name.starts_with("trace_") {
            found.after = text(dir, name).and_then(|text| public_address::in_trace(&text)).or(found.after);
        }
    }
    found
}

/// A file of this folder. A log may name anything; what is none has no plain name.
fn text(dir: &Path, name: &str) -> Option<String> {
    Path::new(name).file_name().filter(|plain| plain.to_string_lossy() == name)?;
    let mut text = Vec::new();
    File::open(dir.join(name)).ok()?.take(MOST).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn addresses_are_found_in_the_files_that_an_outage_names() {
        let dir = tempfile::tempdir().unwrap();
        let facts = "==== public address ====\naddr=203.0.113.9\n\n";
        fs::write(dir.path().join("wan_diag_20260101_000000.log"), facts).unwrap();
        let trace = "Run at: 20260101_000000\n# The public address after\n# 203.0.113.77\n\n";
        fs::write(dir.path().join("trace_1.1.1.1_20260101_000000.log"), trace).unwrap();
        let files = ["wan_diag_20260101_000000.log", "trace_1.1.1.1_20260101_000000.log", "trace_gone.log", "trace_/x"];
        let addr = |text: &str| Some(text.parse().unwrap());
        let expected = OutageAddress { outage: 3, before: addr("203.0.113.9"), after: addr("203.0.113.77") };
        assert_eq!(expected, in_files(dir.path(), 3, &files.map(str::to_owned)));
    }
}
