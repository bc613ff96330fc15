//! Two rearrangements, one after the other, as one.

use super::{
    Rearrangement, SourceIndex,
    index::progressions_of,
    refine::{common_digits, variables},
};

impl Rearrangement {
    /// What this rearrangement and then `next`, which has its result as its only operand, come to; `None` where that is no
    /// rearrangement of its own, or has a fill value.
    ///
    /// Dimensions of what lies between are cut into digits that both agree on. A progression is of a whole dimension, so that one
    /// stays only where the other rearrangement leaves its dimension whole.
    pub fn then(&self, next: &Self) -> Option<Self> {
        let [reading] = next.sources.as_slice() else {
            return None;
        };
        if self.has_fill() || next.has_fill() || reading.len() != self.result.len() {
            return None;
        }
        let mut sizes: Vec<u64> = Vec::new();
        // What each variable of either becomes.
        let mut own: Vec<Option<Vec<usize>>> = vec![None; self.sizes.len()];
        let mut others: Vec<Option<Vec<usize>>> = vec![None; next.sizes.len()];
        // What a variable of this rearrangement is read by instead.
        let mut progressions: Vec<Option<&SourceIndex>> = vec![None; self.sizes.len()];
        for (made, read) in self.result.iter().zip(reading) {
            match read {
                SourceIndex::Digits(read) => {
                    let of = |variables: &[u8], sizes: &[u64]| -> Vec<u64> {
                        variables
                            .iter()
                            .map(|variable| sizes[usize::from(*variable)])
                            .collect()
                    };
                    let common = common_digits(&of(made, &self.sizes), &of(read, &next.sizes))?;
                    let digits = |digits: Vec<usize>| -> Vec<usize> {
                        digits.into_iter().map(|digit| digit + sizes.len()).collect()
                    };
                    for (variable, made) in made.iter().zip(common.left) {
                        own[usize::from(*variable)] = Some(digits(made));
                    }
                    for (variable, read) in read.iter().zip(common.right) {
                        others[usize::from(*variable)] = Some(digits(read));
                    }
                    sizes.extend(common.sizes);
                }
                SourceIndex::Progressions { variable, .. } => {
                    let &[made] = made.as_slice() else {
                        return None;
                    };
                    let digit = sizes.len();
                    sizes.push(next.sizes[usize::from(*variable)]);
                    others[usize::from(*variable)] = Some(vec![digit]);
                    own[usize::from(made)] = Some(vec![digit]);
                    progressions[usize::from(made)] = Some(read);
                }
            }
        }
        // Variables along which the second repeats.
        for (variable, digits) in others
            .iter_mut()
            .enumerate()
            .filter(|(_, digits)| digits.is_none())
        {
            *digits = Some(vec![sizes.len()]);
            sizes.push(next.sizes[variable]);
        }
        let result: Option<Vec<Vec<u8>>> = next.result.iter().map(|read| flattened(read, &others)).collect();
        let composed = Self {
            sources: self
                .sources
                .iter()
                .map(|source| {
                    let indices = source.iter();
                    indices
                        .map(|index| composed_index(index, &own, &progressions))
                        .collect()
                })
                .collect::<Option<_>>()?,
            sizes,
            result: result?,
            fill: 0.0,
        };
        composed.keeps_progressions_whole().then_some(composed)
    }

    /// Whether every variable with progressions is a dimension of the result.
    fn keeps_progressions_whole(&self) -> bool {
        (0..self.sizes.len() as u8).all(|variable| {
            let has = self
                .sources
                .iter()
                .any(|source| progressions_of(source, variable).is_some());
            !has || self.result.iter().any(|own| own.as_slice() == [variable])
        })
    }
}

/// The digits that variables become, one after the other.
fn flattened(read: &[u8], digits: &[Option<Vec<usize>>]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for variable in read {
        all.extend(digits[usize::from(*variable)].as_deref()?);
    }
    variables(&all).ok()
}

/// An index of an operand of the first rearrangement by the variables of both.
fn composed_index(
    index: &SourceIndex,
    own: &[Option<Vec<usize>>],
    progressions: &[Option<&SourceIndex>],
) -> Option<SourceIndex> {
    match index {
        SourceIndex::Digits(variables) => {
            let read = variables
                .iter()
                .find_map(|variable| progressions[usize::from(*variable)]);
            match (read, variables.as_slice()) {
                (None, _) => flattened(variables, own).map(SourceIndex::Digits),
                (Some(SourceIndex::Progressions { progressions, .. }), [variable]) => {
                    let &[variable] = flattened(&[*variable], own)?.as_slice() else {
                        return None;
                    };
                    let progressions = progressions.clone();
                    Some(SourceIndex::Progressions {
                        variable,
                        progressions,
                    })
                }
                _ => None,
            }
        }
        SourceIndex::Progressions {
            variable,
            progressions: of_first,
        } => {
            let &[new] = flattened(&[*variable], own)?.as_slice() else {
                return None;
            };
            progressions[usize::from(*variable)]
                .is_none()
                .then(|| SourceIndex::Progressions {
                    variable: new,
                    progressions: of_first.clone(),
                })
        }
    }
}
