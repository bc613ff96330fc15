//! Reductions of what a tile holds.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use smallvec::SmallVec;
use tilesim_program::{vertex::vector::ReduceOp, work::Channels};

use super::{
    functions::{accumulate, identity},
    indices::each_index,
};
use crate::{
    ExecError,
    regions::{Regions, strides},
    site::Site,
    store::{Linear, VariableValues},
};

/// Reduces over the dimensions of which the result has one index only, and over channels that share a result. Where a tile holds nothing of an element, its partial
/// result is that of nothing.
pub(crate) fn on_tile(
    site: &Site<'_>,
    over: &Regions,
    x: &VariableValues,
    op: ReduceOp,
    channels: Channels,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    if output.shape.len() != over.shape.len() {
        return Err(site.malformed("a reduction to another number of dimensions"));
    }
    let target: SmallVec<[usize; 5]> = strides(&output.shape)
        .into_iter()
        .zip(&output.shape)
        .map(|(stride, size)| if *size == 1 { 0 } else { stride })
        .collect();
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let places = places(&output, tile);
            let mut result = vec![identity(op); places.len()];
            let mut rest = x.values[tile].iter();
            for cuboid in over.tile(tile).iter() {
                let varying = target
                    .iter()
                    .rposition(|stride| *stride > 0)
                    .map_or(0, |last| last + 1);
                let (outer, inner) = cuboid.split_at(varying);
                let length: u64 = inner.iter().map(|interval| interval.len()).product();
                each_index(outer, |index| {
                    let Some(place) = places.get(&at_result(index, channels, &target)) else {
                        return Err(site.malformed("a tile holds elements that it has no partial result of"));
                    };
                    let so_far = &mut result[*place];
                    for value in rest.by_ref().take(length as usize) {
                        *so_far = accumulate(op, *so_far, *value);
                    }
                    Ok(())
                })?;
            }
            Ok(result)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// Gives every channel of a run of so many the one element of the run.
pub(super) fn repeat(
    site: &Site<'_>,
    (name, x): (&str, &VariableValues),
    channels: u64,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let strides = strides(&x.regions.shape);
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let held = Linear::new(x, tile);
            let mut result = Vec::new();
            for cuboid in output.tile(tile).iter() {
                each_index(cuboid, |index| {
                    let at = at_result(index, Channels::Runs(channels), &strides);
                    let value = held.get(at);
                    result.push(value.ok_or_else(|| site.missing(tile, name, x.regions.index(at)))?);
                    Ok(())
                })?;
            }
            Ok(result)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// Where the result that channels share stands, under the strides of the tensor of results.
fn at_result(index: &[u64], channels: Channels, strides: &[usize]) -> usize {
    index
        .iter()
        .zip(strides)
        .enumerate()
        .map(|(dimension, (index, stride))| {
            let index = if dimension == 1 {
                channels.result(*index)
            } else {
                *index
            };
            index as usize * stride
        })
        .sum()
}

/// The place of every element that a tile holds, in the order in which it does.
fn places(regions: &Regions, tile: usize) -> BTreeMap<usize, usize> {
    let mut places = BTreeMap::new();
    regions.runs(tile, |start, length| {
        for index in start..start + length {
            places.insert(index, places.len());
        }
    });
    places
}

/// Reduces over runs of so many channels, all of which a tile must hold, and gives the result to each of them.
pub(super) fn groups(
    site: &Site<'_>,
    over: &Regions,
    (name, x): (&str, &VariableValues),
    op: ReduceOp,
    channels: u64,
) -> Result<VariableValues, ExecError> {
    let values = x
        .values
        .par_iter()
        .enumerate()
        .map(|(tile, values)| {
            let mut keys: Vec<(u64, u64)> = Vec::with_capacity(values.len());
            for cuboid in over.tile(tile).iter() {
                each_index(cuboid, |index| {
                    keys.push((index[0], index.get(1).copied().unwrap_or(0) / channels));
                    Ok(())
                })?;
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
    Ok(VariableValues {
        regions: Arc::clone(&x.regions),
        values,
    })
}
