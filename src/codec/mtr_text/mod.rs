//! Paths as text: written as `mtr` writes them, read as `mtr`, `traceroute`, `tracert` and `pathping` do.
//!
//! # What is written
//!
//! [`report`] has the layout of `mtr -n -r -w -z` 0.95, byte for byte, and [`trace_report`] that of `mtr -n -r`:
//!
//! ```text
//! Start: 2025-10-02T14:35:02+0200
//! HOST: laptop               Loss%   Snt   Last   Avg  Best  Wrst StDev
//!   1. AS???    192.168.1.1   0.0%    60    1.0   1.0   0.9   1.2   0.1
//!   2. AS???    ???          100.0    60    0.0   0.0   0.0   0.0   0.0
//!   3. AS???    88.79.28.2   65.0%    60  1209. 1209. 1209. 1209.   0.2
//!         88.79.28.6
//!      AS???    88.79.28.6
//!        [MPLS: Lbl 24011 TC 0 S 1 TTL 1]
//! # target one.one.one.one (1.1.1.1), icmp, 60 rounds, 2025-10-02T12:35:02Z to 2025-10-02T12:36:01Z: reached
//! # Loss% above counts the probes a hop itself left unanswered, as mtr does. What the whole path shows:
//! #  1. loss on the way 0.0%; answers [answers]
//! #  2. loss on the way 0.0%; answers no probe and passes all on; no loss [passes_silently]
//! #  3. loss on the way 0.0%; answers some probes and passes all on; no loss [limits_answers]
//! ```
//!
//! `mtr`'s "Loss%" means "unanswered", which most readers take for loss. Everybody who reads such reports relies on
//! that meaning and on these columns: by name, by place, or counted from the end of the line. So the columns stay as
//! they are, and what we know beyond them follows the table on lines that begin with `#`. A reader of `mtr`'s
//! reports has to pass over lines without a hop number anyway, since further hosts and labels are such lines.
//!
//! Like `mtr`, figures give up decimals rather than alignment: `100.0` without its percent sign, `1549.` and `11009`
//! for long times. Unlike `mtr` 0.95, which writes the bottom of a label stack as a control character, `S` is a digit.
//!
//! # What is read
//!
//! [`fn@read`] takes a whole file: any number of reports, with or without the separators that the original puts between
//! them ([`block`]). The Windows tools speak the language of the system, in its own character set; nothing here
//! depends on a word of theirs. A line that cannot be read costs that line and is counted.

mod line;
mod read;
mod remarks;
mod write;

pub use read::{read, read_each};
pub use write::{block, changes, outage_part, report, trace_report};
