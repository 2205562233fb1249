//! Settings of the clock in the runs of a log.

use std::{collections::VecDeque, io::BufRead};

use chrono::TimeDelta;

use super::{
    axis::{continues, step},
    read::Reader,
};

/// Returns the amounts by which the clock was set in the runs of a log, one for each run, in their order.
pub fn clock_steps<R: BufRead>(input: R) -> VecDeque<TimeDelta> {
    let (mut reader, mut steps) = (Reader::new(input), VecDeque::new());
    let mut before = None;
    while let Some(read) = reader.advance() {
        let row = reader.row();
        if read.is_err() {
            continue;
        }
        if row.seq.is_some() && !continues(before, row.seq) {
            steps.push_back(TimeDelta::zero());
        } else if let (Some(_), Some(sum)) = (row.seq, steps.back_mut()) {
            *sum = sum.checked_add(&step(row.clock_step.unwrap_or(0.0))).unwrap_or_default();
        }
        before = row.seq;
    }
    steps
}
