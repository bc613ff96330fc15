//! Partitions of a few coordinates.

use smallvec::SmallVec;

/// Coordinates in groups; each coordinate has the label of the first of its group.
pub(crate) struct Partition {
    labels: SmallVec<[usize; 5]>,
}

impl Partition {
    pub(crate) fn new(coordinates: usize) -> Self {
        Self {
            labels: (0..coordinates).collect(),
        }
    }

    pub(crate) fn join(&mut self, coordinates: impl Iterator<Item = usize>) {
        let joined: SmallVec<[usize; 5]> = coordinates.map(|coordinate| self.labels[coordinate]).collect();
        let Some(first) = joined.iter().min().copied() else {
            return;
        };
        for label in &mut self.labels {
            if joined.contains(label) {
                *label = first;
            }
        }
    }

    pub(crate) fn is_alone(&self, coordinate: usize) -> bool {
        let label = self.labels[coordinate];
        self.labels.iter().filter(|other| **other == label).count() == 1
    }

    pub(crate) fn blocks(&self) -> Vec<SmallVec<[usize; 5]>> {
        let all = || 0..self.labels.len();
        all()
            .filter(|coordinate| self.labels[*coordinate] == *coordinate)
            .map(|first| {
                all()
                    .filter(|coordinate| self.labels[*coordinate] == first)
                    .collect()
            })
            .collect()
    }
}

/// Where each of some coordinates is in an ordered list.
pub(crate) fn places(some: &[usize], all: &[usize]) -> SmallVec<[usize; 5]> {
    some.iter()
        .filter_map(|coordinate| all.binary_search(coordinate).ok())
        .collect()
}
