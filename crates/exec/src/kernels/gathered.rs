//! Reductions of what has come from several tiles.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_program::vertex::vector::ReduceOp;

use super::functions::reduce;
use crate::{
    formats::Format,
    store::{Contributions, VariableValues},
};

/// Reduces the values of every element in the order in which they were gathered, in floats, and scales the results.
pub(crate) fn reduce_gathered(
    gathered: &Contributions,
    op: ReduceOp,
    scale: f64,
    format: Format,
) -> VariableValues {
    let scale = scale as f32;
    let values = gathered
        .tiles
        .par_iter()
        .map(|tile| {
            tile.starts
                .windows(2)
                .map(|ends| {
                    let of_element = &tile.values[ends[0] as usize..ends[1] as usize];
                    format.rounded(reduce(op, of_element) * scale)
                })
                .collect()
        })
        .collect();
    VariableValues {
        regions: Arc::clone(&gathered.regions),
        values,
    }
}
