//! Reductions of what a tile holds.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use tilesim_program::vertex::vector::ReduceOp;

use super::{
    functions::{accumulate, identity},
    pooling::advance,
};
use crate::{
    ExecError,
    executor::Site,
    store::{Held, Regions, strides},
};

/// Reduces over the dimensions of which the result has one index only. Where a tile holds nothing of an element, its partial
/// result is that of nothing.
pub(crate) fn on_tile(
    site: &Site<'_>,
    over: &Regions,
    x: &Held,
    op: ReduceOp,
    output: Arc<Regions>,
) -> Result<Held, ExecError> {
    if output.shape.len() != over.shape.len() {
        return Err(site.malformed("a reduction to another number of dimensions"));
    }
    let target: Vec<usize> = strides(&output.shape)
        .into_iter()
        .zip(&output.shape)
        .map(|(stride, size)| if *size == 1 { 0 } else { stride })
        .collect();
    let values = (0..output.tiles.len())
        .into_par_iter()
        .map(|tile| {
            let mut elements = BTreeMap::new();
            let mut count = 0;
            output.runs(tile, |start, length| {
                for index in start..start + length {
                    elements.insert(index, count);
                    count += 1;
                }
            });
            let mut result = vec![identity(op); count];
            let mut rest = x.values[tile].iter();
            for cuboid in over.tiles[tile].boxes() {
                let varying = target
                    .iter()
                    .rposition(|stride| *stride > 0)
                    .map_or(0, |last| last + 1);
                let (outer, inner) = cuboid.split_at(varying);
                let length: u64 = inner.iter().map(|interval| interval.len()).product();
                let mut index: Vec<u64> = outer.iter().map(|interval| interval.start).collect();
                loop {
                    let at: usize = index
                        .iter()
                        .zip(&target)
                        .map(|(index, stride)| *index as usize * stride)
                        .sum();
                    let Some(place) = elements.get(&at) else {
                        return Err(site.malformed("a tile holds elements that it has no partial result of"));
                    };
                    let so_far = &mut result[*place];
                    for value in rest.by_ref().take(length as usize) {
                        *so_far = accumulate(op, *so_far, *value);
                    }
                    if !advance(&mut index, outer) {
                        break;
                    }
                }
            }
            Ok(result)
        })
        .collect::<Result<_, _>>()?;
    Ok(Held {
        regions: output,
        values,
    })
}

/// Reduces over runs of so many channels, all of which a tile must hold, and gives the result to each of them.
pub(super) fn groups(
    site: &Site<'_>,
    over: &Regions,
    (name, x): (&str, &Held),
    op: ReduceOp,
    channels: u64,
) -> Result<Held, ExecError> {
    let values = x
        .values
        .par_iter()
        .enumerate()
        .map(|(tile, values)| {
            let mut keys: Vec<(u64, u64)> = Vec::with_capacity(values.len());
            for cuboid in over.tiles[tile].boxes() {
                let mut index: Vec<u64> = cuboid.iter().map(|interval| interval.start).collect();
                loop {
                    keys.push((index[0], index.get(1).copied().unwrap_or(0) / channels));
                    if !advance(&mut index, cuboid) {
                        break;
                    }
                }
            }
            let mut results: BTreeMap<(u64, u64), (f32, u64)> = BTreeMap::new();
            for (key, value) in keys.iter().zip(values) {
                let (so_far, count) = results.entry(*key).or_insert((identity(op), 0));
                *so_far = accumulate(op, *so_far, *value);
                *count += 1;
            }
            match results.iter().find(|(_, (_, count))| *count != channels) {
                Some(((sample, group), _)) => Err(site.missing(tile, name, vec![*sample, group * channels])),
                None => Ok(keys.iter().map(|key| results[key].0).collect()),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Held {
        regions: Arc::clone(&x.regions),
        values,
    })
}
