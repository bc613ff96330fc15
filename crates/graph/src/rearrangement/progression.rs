//! Indices that rise or fall evenly with a variable.

use super::{MAX_PARTS, RearrangementError};

/// Values `first`, `first + every`, … of a variable, `count` of them, and the indices `index`, `index + step`, … that go with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Progression {
    /// The first value of the variable.
    pub first: u64,
    /// Distance of its values, at least 1.
    pub every: u64,
    /// How many values there are, at least 1.
    pub count: u64,
    /// The index at the first value.
    pub index: u64,
    /// What the index rises by from value to value; negative where it falls.
    pub step: i64,
}

impl Progression {
    /// Neighbouring values from `first` on.
    pub const fn run(first: u64, count: u64, index: u64, step: i64) -> Self {
        Self {
            first,
            every: 1,
            count,
            index,
            step,
        }
    }

    /// The index that goes with a value of the variable, if there is one.
    pub fn at(&self, value: u64) -> Option<u64> {
        let beyond = value.checked_sub(self.first)?;
        let place = beyond / self.every;
        (beyond.is_multiple_of(self.every) && place < self.count)
            .then(|| (self.index.cast_signed() + place.cast_signed() * self.step).cast_unsigned())
    }

    /// The last value, and the index there; sums are wide enough for any numbers.
    fn last(&self) -> (u128, i128) {
        let steps = self.count.saturating_sub(1);
        (
            u128::from(self.first) + u128::from(steps) * u128::from(self.every),
            i128::from(self.index) + i128::from(steps) * i128::from(self.step),
        )
    }

    /// The indices as an interval: the least, and one past the largest.
    pub(super) fn bounds(&self) -> (u64, u64) {
        let last = self.last().1 as u64;
        (self.index.min(last), self.index.max(last) + 1)
    }

    /// With indices as values and values as indices; `None` where an index goes with several values.
    pub(super) fn inverse(&self) -> Option<Self> {
        if self.count == 1 {
            return Some(Self::run(self.index, 1, self.first, 1));
        }
        let (value, every) = (self.every.cast_signed(), self.step.unsigned_abs());
        (every > 0).then(|| Self {
            first: self.bounds().0,
            every,
            count: self.count,
            index: if self.step > 0 {
                self.first
            } else {
                self.last().0 as u64
            },
            step: if self.step > 0 { value } else { -value },
        })
    }
}

/// Progressions over a variable of so many `values` that index a dimension of `size`: in order, and one behind the other.
pub(super) fn check(progressions: &[Progression], values: u64, size: u64) -> Result<(), RearrangementError> {
    if progressions.len() > MAX_PARTS {
        return Err(RearrangementError::TooMany {
            what: "progressions of an index",
            got: progressions.len(),
            limit: MAX_PARTS,
        });
    }
    let mut next = 0;
    for progression in progressions {
        let (last, last_index) = progression.last();
        let in_order = progression.count > 0 && progression.every > 0 && progression.first >= next;
        if !in_order || last >= u128::from(values) {
            return Err(RearrangementError::Malformed {
                what: "progressions must follow each other within their variable",
            });
        }
        for index in [i128::from(progression.index), last_index] {
            if !(0..i128::from(size)).contains(&index) {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                return Err(RearrangementError::Index { index, size });
            }
        }
        next = last as u64 + 1;
    }
    if progressions.is_empty() {
        return Err(RearrangementError::Malformed {
            what: "an operand must write some element",
        });
    }
    Ok(())
}

/// The values that progressions in order span: the first, and one past the last.
pub(super) fn span(progressions: &[Progression]) -> (u64, u64) {
    match (progressions.first(), progressions.last()) {
        (Some(first), Some(last)) => (first.first, last.last().0 as u64 + 1),
        _ => (0, 0),
    }
}

/// Indices that go with the values 0, 1, … of a variable, or none, as few progressions.
pub(super) fn progressions(indices: &[u64]) -> Vec<Progression> {
    let mut progressions: Vec<Progression> = Vec::new();
    let mut rest = indices;
    let mut first = 0;
    while let Some((&index, others)) = rest.split_first() {
        let step = others
            .first()
            .map_or(1, |&next| next.cast_signed().wrapping_sub(index.cast_signed()));
        let even = rest
            .windows(2)
            .take_while(|pair| pair[1].cast_signed().wrapping_sub(pair[0].cast_signed()) == step);
        let count = even.count() + 1;
        progressions.push(Progression::run(first, count as u64, index, step));
        first += count as u64;
        rest = &rest[count..];
    }
    progressions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_become_even_runs() {
        let indices = [0, 1, 2, 5, 4, 3, 7, 7];
        let found = progressions(&indices);
        assert_eq!(
            found,
            [
                Progression::run(0, 3, 0, 1),
                Progression::run(3, 3, 5, -1),
                Progression::run(6, 2, 7, 0)
            ]
        );
        for (value, index) in indices.into_iter().enumerate() {
            let at = found.iter().find_map(|progression| progression.at(value as u64));
            assert_eq!(at, Some(index));
        }
    }

    #[test]
    fn an_inverse_leads_back() {
        let progression = Progression {
            first: 3,
            every: 2,
            count: 4,
            index: 20,
            step: -5,
        };
        let inverse = progression.inverse().expect("indices differ");
        for value in [3, 5, 7, 9] {
            let index = progression.at(value).expect("a value of it");
            assert_eq!(inverse.at(index), Some(value));
        }
        assert_eq!(progression.at(4), None);
        assert_eq!(inverse.at(6), None);
        assert_eq!(Progression::run(0, 2, 1, 0).inverse(), None);
    }
}
