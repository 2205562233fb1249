//! Files that belong to one log, and logs of several programs that watched at the same time.

use chrono::TimeDelta;

use crate::model::time::Timestamp;

/// Files of one log may overlap by this much: a row is written when its cycle ends.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);

/// Times of the first and the last row of a file; `None` without a row.
pub(super) type Span = Option<(Timestamp, Timestamp)>;

/// True if two files tell of the same time.
pub(super) fn overlap(spans: &[Span]) -> bool {
    let mut sorted: Vec<(Timestamp, Timestamp)> = spans.iter().flatten().copied().collect();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| matches!(pair, [(_, end), (begin, _)] if *begin < *end - OVERLAP))
}

/// Gives each file the number of its log. Pairs of files that share rows are copies of one log, and files that follow
/// each other are one log.
pub(super) fn number(spans: &[Span], shared: &[(usize, usize)]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..spans.len()).collect();
    for (a, b) in shared {
        let (Some(a), Some(b)) = (groups.get(*a).copied(), groups.get(*b).copied()) else { continue };
        groups.iter_mut().filter(|group| **group == b).for_each(|group| *group = a);
    }
    let mut covered: Vec<(Timestamp, Timestamp, usize)> = Vec::new();
    for (span, group) in spans.iter().zip(&groups) {
        let Some((begin, end)) = *span else { continue };
        match covered.iter_mut().find(|(_, _, known)| known == group) {
            Some(known) => (known.0, known.1) = (known.0.min(begin), known.1.max(end)),
            None => covered.push((begin, end, *group)),
        }
    }
    covered.sort_unstable();
    // The end of each log so far.
    let mut ends: Vec<Timestamp> = Vec::new();
    let mut numbers = vec![0; spans.len()];
    for (begin, end, group) in covered {
        let number = ends.iter().position(|last| begin >= *last - OVERLAP).unwrap_or(ends.len());
        match ends.get_mut(number) {
            Some(last) => *last = end,
            None => ends.push(end),
        }
        numbers.iter_mut().zip(&groups).filter(|(_, of)| **of == group).for_each(|(known, _)| *known = number);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(hours: &[(i64, i64)]) -> Vec<Span> {
        let at = |hour: i64| chrono::DateTime::from_timestamp(1_700_000_000 + hour * 3600, 0).unwrap();
        hours.iter().map(|(begin, end)| (begin < end).then(|| (at(*begin), at(*end)))).collect()
    }

    #[test]
    fn rotated_files_are_one_log() {
        let rotated = spans(&[(10, 20), (0, 10), (1, 0), (20, 30)]);
        assert_eq!((false, vec![0, 0, 0, 0]), (overlap(&rotated), number(&rotated, &[])));
    }

    #[test]
    fn two_monitors_are_two_logs_however_often_each_is_rotated() {
        let both = spans(&[(0, 10), (10, 20), (0, 8), (8, 20)]);
        assert!(overlap(&both));
        let numbers = number(&both, &[]);
        assert!(numbers[0] == numbers[1] && numbers[2] == numbers[3] && numbers[0] != numbers[2], "{numbers:?}");
    }

    #[test]
    fn copies_are_one_log() {
        let copies = spans(&[(0, 10), (5, 20), (0, 20)]);
        assert_eq!(vec![0, 0, 1], number(&copies, &[(0, 1)]));
        assert_eq!(vec![0, 0, 0], number(&copies, &[(0, 1), (1, 2)]));
    }
}
