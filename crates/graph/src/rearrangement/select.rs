//! Selections moved before what precedes them.

use super::{Progression, Rearrangement, SliceRange, SourceIndex};

impl Rearrangement {
    /// This rearrangement and then `next`, which selects one index of a dimension, as a slice of the operand and a rearrangement of what
    /// it leaves: of queries, keys and values in one tensor only those are moved that are selected. `None` where the selected
    /// dimension is none that neighbours in the operand.
    ///
    /// Together they are no one rearrangement in general, since a slice is of a whole dimension of its result.
    pub fn selected_first(&self, next: &Self) -> Option<(Self, Self)> {
        let ([own], [reading]) = (self.sources.as_slice(), next.sources.as_slice()) else {
            return None;
        };
        if self.has_fill() || next.has_fill() || reading.len() != self.result.len() {
            return None;
        }
        let (place, selected) = reading
            .iter()
            .enumerate()
            .find_map(|(place, index)| Some((place, one(index)?)))?;
        let &[variable] = self.result.get(place)?.as_slice() else {
            return None;
        };
        let size = |variable: &u8| self.sizes[usize::from(*variable)];
        let mut ranges = Vec::with_capacity(own.len());
        let mut is_outermost = false;
        for index in own {
            let SourceIndex::Digits(digits) = index else {
                return None;
            };
            let whole: u64 = digits.iter().map(size).product();
            ranges.push(if digits.first() == Some(&variable) {
                is_outermost = true;
                let count = whole / size(&variable);
                SliceRange {
                    start: selected.checked_mul(count)?,
                    count,
                    step: 1,
                }
            } else {
                SliceRange::whole(whole)
            });
        }
        if !is_outermost {
            return None;
        }
        let shape: Vec<u64> = own
            .iter()
            .map(|index| index.variables().iter().map(size).product())
            .collect();
        let mut rest = self.clone();
        rest.sizes[usize::from(variable)] = 1;
        let mut selection = next.clone();
        let index = selection.sources.first_mut()?.get_mut(place)?;
        *index = SourceIndex::Digits(index.variables().to_vec());
        Some((Self::slice(&shape, &ranges).ok()?, rest.then(&selection)?))
    }
}

/// The one index that is read.
fn one(index: &SourceIndex) -> Option<u64> {
    match index {
        SourceIndex::Progressions { progressions, .. } => match progressions.as_slice() {
            &[
                Progression {
                    first: 0,
                    count: 1,
                    index,
                    ..
                },
            ] => Some(index),
            _ => None,
        },
        SourceIndex::Digits(_) => None,
    }
}
