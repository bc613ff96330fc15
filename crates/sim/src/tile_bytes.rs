//! Bytes of a variable on every tile.

use std::cell::Cell;

use tilesim_program::Variable;

/// Bytes by tile. A network has hundreds of such tables, of which each is as long as the chip has tiles, and no tile has 4 GiB:
/// small numbers take half the memory.
#[derive(Debug)]
pub(crate) enum TileBytes {
    /// All of them are small.
    Narrow(Vec<u32>),
    /// Some are not.
    Wide(Vec<u64>),
}

impl TileBytes {
    /// Of a variable, up to the last tile of its grid.
    pub(crate) fn new(variable: &Variable) -> Self {
        let fits = Cell::new(true);
        let narrow = variable.bytes_by_tile(|bytes| {
            u32::try_from(bytes).unwrap_or_else(|_| {
                fits.set(false);
                u32::MAX
            })
        });
        if fits.get() {
            Self::Narrow(narrow)
        } else {
            Self::Wide(variable.bytes_by_tile(|bytes| bytes))
        }
    }

    /// Bytes that the table takes itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Narrow(bytes) => size_of_val(bytes.as_slice()),
            Self::Wide(bytes) => size_of_val(bytes.as_slice()),
        }
    }

    /// Of one tile; none beyond the last.
    pub(crate) fn of(&self, tile: usize) -> u64 {
        match self {
            Self::Narrow(bytes) => bytes.get(tile).copied().map_or(0, u64::from),
            Self::Wide(bytes) => bytes.get(tile).copied().unwrap_or(0),
        }
    }

    /// The most of any tile.
    pub(crate) fn largest(&self) -> u64 {
        match self {
            Self::Narrow(bytes) => bytes.iter().copied().max().map_or(0, u64::from),
            Self::Wide(bytes) => bytes.iter().copied().max().unwrap_or(0),
        }
    }

    /// Does something with the bytes of every tile, and with what else there is of it.
    pub(crate) fn for_each<T>(&self, of_tiles: &mut [T], mut with: impl FnMut(&mut T, u64)) {
        match self {
            Self::Narrow(bytes) => {
                for (tile, bytes) in of_tiles.iter_mut().zip(bytes) {
                    with(tile, u64::from(*bytes));
                }
            }
            Self::Wide(bytes) => {
                for (tile, bytes) in of_tiles.iter_mut().zip(bytes) {
                    with(tile, *bytes);
                }
            }
        }
    }

    /// The sum over all tiles of what `of` makes of the bytes of each.
    pub(crate) fn sum(&self, of: impl Fn(u64) -> u64) -> u64 {
        match self {
            Self::Narrow(bytes) => bytes.iter().map(|bytes| of(u64::from(*bytes))).sum(),
            Self::Wide(bytes) => bytes.iter().map(|bytes| of(*bytes)).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare};

    use super::*;

    /// Five elements over two tiles.
    fn variable(element_bytes: u64) -> Variable {
        Variable {
            name: "five".to_owned(),
            always_live: true,
            placement: Placement {
                grid: Arc::new(Grid::new(&[5], [Axis::single(0, 1, 2)])),
                operand: Arc::new(Operand {
                    shape: [5].into_iter().collect(),
                    covers: [Cover::Variables([0].into_iter().collect())]
                        .into_iter()
                        .collect(),
                }),
                spare: Spare::Replicated,
                channel_block: 1,
            },
            element_bytes,
            source: None,
        }
    }

    #[test]
    fn large_numbers_are_kept_whole() {
        for element_bytes in [2, 1 << 31] {
            let bytes = TileBytes::new(&variable(element_bytes));
            assert_eq!(matches!(bytes, TileBytes::Narrow(_)), element_bytes == 2);
            assert_eq!(
                [0, 1, 2].map(|tile| bytes.of(tile)),
                [2, 3, 0].map(|elements| elements * element_bytes)
            );
            assert_eq!(bytes.largest(), 3 * element_bytes);
            assert_eq!(bytes.sum(|bytes| bytes), 5 * element_bytes);
            let mut twice = [1, 1, 1];
            bytes.for_each(&mut twice, |sum, bytes| *sum += 2 * bytes);
            assert_eq!(twice, [1 + 4 * element_bytes, 1 + 6 * element_bytes, 1]);
        }
    }
}
