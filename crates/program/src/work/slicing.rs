//! Slices of a tensor that a loop works through.

/// Which way a slice is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SliceCopy {
    /// Out of the whole.
    Take,
    /// To its place in the whole.
    Put,
}

/// The slice of the innermost loop's present round: one dimension of the whole is cut into as many slices as the loop has rounds.
///
/// The slice's index `outer · length + inner` along that dimension, `inner` below `length`, is the whole's index
/// `(outer · count + round) · length + inner`. Where the whole has no such index (its last slice may be short) the slice is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slicing {
    /// Which way.
    pub copy: SliceCopy,
    /// The dimension.
    pub dimension: u8,
    /// Neighbouring indices that belong to one slice.
    pub length: u64,
    /// Slices.
    pub count: u64,
}

impl Slicing {
    /// The whole's index of an index of the slice of a round.
    pub const fn whole(&self, index: u64, round: u64) -> u64 {
        let (outer, inner) = (index / self.length, index % self.length);
        (outer * self.count + round) * self.length + inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_the_whole_once() {
        let slicing = Slicing {
            copy: SliceCopy::Take,
            dimension: 1,
            length: 4,
            count: 3,
        };
        // Two groups of twelve channels: slices of four of each.
        let mut indices: Vec<u64> = (0..3)
            .flat_map(|round| (0..8).map(move |index| slicing.whole(index, round)))
            .collect();
        assert_eq!(indices[..8], [0, 1, 2, 3, 12, 13, 14, 15]);
        indices.sort_unstable();
        assert_eq!(indices, (0..24).collect::<Vec<_>>());
    }
}
