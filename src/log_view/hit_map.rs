//! Numbers of the hits that a search has found in each part of a log, without keeping any hit.
//!
//! A hit belongs to the block in which its line begins. Which hits these are is found by searching that block again,
//! which takes well under a millisecond; so a search with a thousand million hits takes no more memory than one
//! without any.

use super::line_index::LineIndex;

/// Bytes of the largest and the smallest blocks.
const BLOCKS: (u64, u64) = (256, 64 * 1024);

/// A map has about so many blocks, more than a window has lines of pixels, as long as they are not too large.
const N_BLOCKS: u64 = 2048;

/// Numbers of what was found in the lines that begin in one block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockHits {
    /// Matches.
    pub hits: u32,
    /// Lines with at least one.
    pub lines: u32,
}

/// Hits found in a log, block by block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitMap {
    block: u64,
    /// `None` where nobody searched yet.
    blocks: Vec<Option<BlockHits>>,
}

impl Default for HitMap {
    fn default() -> Self {
        Self::with_block(BLOCKS.1)
    }
}

impl HitMap {
    /// A map for a log of this many bytes: the blocks of a small one are small, so that [`Self::density`] can tell
    /// where in it hits are.
    pub fn for_len(len: u64) -> Self {
        Self::with_block((len / N_BLOCKS).next_power_of_two().clamp(BLOCKS.0, BLOCKS.1))
    }

    /// True if a log has grown so much since the map was made that another would have far larger blocks.
    pub fn is_too_fine(&self, len: u64) -> bool {
        Self::for_len(len).block / self.block > 16
    }

    /// A map with blocks of this many bytes, at least one.
    pub fn with_block(block: u64) -> Self {
        Self { block: block.max(1), blocks: Vec::new() }
    }

    /// Bytes of a block.
    pub fn block(&self) -> u64 {
        self.block
    }

    /// Takes what was found in the blocks from the one of `offset` on.
    pub fn set(&mut self, offset: u64, found: &[BlockHits]) {
        let first = self.idx(offset);
        let needed = first + found.len();
        if self.blocks.len() < needed {
            self.blocks.resize(needed, None);
        }
        for (block, found) in self.blocks.iter_mut().skip(first).zip(found) {
            *block = Some(*found);
        }
    }

    /// Forgets what was found from the block of `offset` on, since the log goes on there.
    pub fn forget_from(&mut self, offset: u64) {
        self.blocks.truncate(self.idx(offset));
    }

    /// All that was found so far.
    pub fn total(&self) -> (u64, u64) {
        self.sum(self.blocks.len())
    }

    /// Bytes searched so far, about; `len` is the length of the log.
    pub fn searched(&self, len: u64) -> u64 {
        (self.blocks.iter().flatten().count() as u64 * self.block).min(len)
    }

    /// Matches in all blocks before that of `offset`.
    pub fn before(&self, offset: u64) -> u64 {
        self.sum(self.idx(offset)).0
    }

    /// Returns the position of the first block with a match, from the block of `offset` on.
    pub fn next(&self, offset: u64) -> Option<u64> {
        let first = self.idx(offset);
        let found = self.blocks.iter().skip(first).position(|block| has_hits(block.as_ref()))?;
        Some((first + found) as u64 * self.block)
    }

    /// Returns the position of the last block with a match, up to the block of `offset`.
    pub fn previous(&self, offset: u64) -> Option<u64> {
        let n_blocks = self.idx(offset).saturating_add(1).min(self.blocks.len());
        self.blocks.iter().take(n_blocks).rposition(|block| has_hits(block.as_ref())).map(|idx| idx as u64 * self.block)
    }

    /// Returns the density of the matches in the log: for each of `n_bins` parts of its lines, how much of it, from 0
    /// to 1, compared with the part that has most.
    pub fn density(&self, index: &LineIndex, n_bins: usize) -> Vec<f32> {
        let mut bins = vec![0_u64; n_bins];
        let n_lines = index.n_lines().max(1);
        for (idx, block) in (0..).zip(&self.blocks) {
            let Some(found) = block.filter(|found| found.hits > 0) else { continue };
            let line = index.estimate(idx * self.block);
            let next = index.estimate((idx + 1) * self.block).max(line + 1);
            let first = bin(line, n_lines, n_bins);
            let last = bin_before(next, n_lines, n_bins).max(first);
            let share = u64::from(found.hits).div_ceil((last - first + 1) as u64);
            bins.iter_mut().take(last + 1).skip(first).for_each(|bin| *bin += share);
        }
        let most = bins.iter().copied().max().unwrap_or(0).max(1);
        bins.iter()
            .map(|bin| {
                #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
                let share = (*bin as f64 / most as f64) as f32;
                share
            })
            .collect()
    }

    fn sum(&self, n_blocks: usize) -> (u64, u64) {
        self.blocks
            .iter()
            .take(n_blocks)
            .flatten()
            .fold((0, 0), |(hits, lines), found| (hits + u64::from(found.hits), lines + u64::from(found.lines)))
    }

    fn idx(&self, offset: u64) -> usize {
        usize::try_from(offset / self.block).unwrap_or(usize::MAX)
    }
}

fn bin(line: u64, n_lines: u64, n_bins: usize) -> usize {
    let bin = u128::from(line) * n_bins as u128 / u128::from(n_lines);
    usize::try_from(bin).unwrap_or(usize::MAX).min(n_bins.saturating_sub(1))
}

/// The last bin that a line before `line` reaches into.
fn bin_before(line: u64, n_lines: u64, n_bins: usize) -> usize {
    let bin = (u128::from(line) * n_bins as u128).saturating_sub(1) / u128::from(n_lines);
    usize::try_from(bin).unwrap_or(usize::MAX).min(n_bins.saturating_sub(1))
}

fn has_hits(block: Option<&BlockHits>) -> bool {
    block.is_some_and(|found| found.hits > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(hits: &[u32]) -> HitMap {
        let mut map = HitMap::with_block(10);
        let found: Vec<_> = hits.iter().map(|hits| BlockHits { hits: *hits, lines: (*hits).min(1) }).collect();
        map.set(0, &found);
        map
    }

    #[test]
    fn blocks_with_hits_are_found_both_ways() {
        let map = map(&[0, 3, 0, 0, 1]);
        assert_eq!((4, 2), map.total());
        assert_eq!([Some(10), Some(10), Some(40), None], [0, 19, 20, 50].map(|offset| map.next(offset)));
        assert_eq!([None, Some(10), Some(10), Some(40)], [9, 10, 39, u64::MAX].map(|offset| map.previous(offset)));
        assert_eq!((0, 3, 4), (map.before(19), map.before(40), map.before(u64::MAX)));
    }

    #[test]
    fn blocks_may_come_in_any_order_and_again() {
        let mut map = map(&[1, 1]);
        map.set(30, &[BlockHits { hits: 5, lines: 2 }]);
        assert_eq!((7, 4), map.total());
        assert_eq!(30, map.searched(35));
        map.set(30, &[BlockHits { hits: 6, lines: 3 }]);
        assert_eq!((8, 5), map.total());
        map.forget_from(10);
        assert_eq!((1, 1), map.total());
    }

    #[test]
    fn blocks_are_as_large_as_the_log_asks_for() {
        assert_eq!([256, 256, 65_536], [0, 500_000, 1 << 30].map(|len| HitMap::for_len(len).block()));
        assert!(HitMap::for_len(1000).is_too_fine(1 << 30));
        assert!(!HitMap::for_len(1 << 30).is_too_fine(1 << 40));
    }

    #[test]
    fn density_shows_where_the_most_are() {
        let mut index = LineIndex::with_block(10);
        index.push("123456789\n".repeat(4).as_bytes());
        assert_eq!(vec![0.0, 1.0, 0.0, 0.5], map(&[0, 8, 0, 4]).density(&index, 4));
        assert_eq!(vec![1.0, 0.5], map(&[0, 8, 0, 4]).density(&index, 2));
        assert_eq!(Vec::<f32>::new(), map(&[1]).density(&index, 0));
        assert_eq!(vec![0.0; 3], HitMap::default().density(&LineIndex::default(), 3));
        let wide = map(&[9]).density(&index, 12);
        assert!(wide.iter().take(3).all(|share| *share > 0.9), "{wide:?}");
    }
}
