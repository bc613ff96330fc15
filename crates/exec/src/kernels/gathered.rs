//! Reductions of what has come from several tiles.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_program::vertex::vector::ReduceOp;

use super::functions::{accumulate, identity, reduce};
use crate::{
    formats::Format,
    store::{Contributions, TileContributions, VariableValues},
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
        .map(|tile| match tile {
            TileContributions::Rows(rows) => {
                let mut sums = vec![identity(op); rows.first().map_or(0, Vec::len)];
                for row in rows {
                    for (sum, value) in sums.iter_mut().zip(row) {
                        *sum = accumulate(op, *sum, *value);
                    }
                }
                for sum in &mut sums {
                    *sum *= scale;
                }
                format.round(&mut sums);
                sums
            }
            TileContributions::Listed { starts, values } => {
                let of_elements = starts
                    .windows(2)
                    .map(|ends| &values[ends[0] as usize..ends[1] as usize]);
                of_elements
                    .map(|values| format.rounded(reduce(op, values) * scale))
                    .collect()
            }
        })
        .collect();
    VariableValues {
        regions: Arc::clone(&gathered.regions),
        values,
    }
}
