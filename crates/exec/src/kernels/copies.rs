//! Copies on a tile that change the index of an element: every so many-th position, and slices.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_program::work::Slicing;

use super::indices::each_index;
use crate::{
    ExecError,
    regions::Regions,
    site::Site,
    store::{VariableValues, Window, absent},
};

/// Every so many-th position.
pub(super) fn subsampled(
    site: &Site<'_>,
    from: (&str, &VariableValues),
    strides: [u64; 3],
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    gathered(site, from, output, |index| Some(scaled(index, strides)))
}

/// Puts values at every so many-th position of what was there before.
pub(super) fn spread_out(
    site: &Site<'_>,
    from: (&str, &VariableValues),
    strides: [u64; 3],
    before: Option<&VariableValues>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let before = before.ok_or_else(|| site.malformed("values are spread out over nothing"))?;
    scattered(site, from, Some(before), output, |index| {
        Some(scaled(index, strides))
    })
}

/// The slice of the present round, taken out of the whole.
pub(super) fn take(
    site: &Site<'_>,
    whole: (&str, &VariableValues),
    slicing: Slicing,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let place = place(site, slicing, whole.1.regions.shape.as_slice())?;
    gathered(site, whole, output, place)
}

/// The whole of which other rounds have put slices `before`, with the slice of the present round.
pub(super) fn put(
    site: &Site<'_>,
    slice: (&str, &VariableValues),
    slicing: Slicing,
    before: Option<&VariableValues>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let shape = output.shape.clone();
    let place = place(site, slicing, &shape)?;
    scattered(site, slice, before, output, place)
}

/// Channels from `start` on, taken out of the whole.
pub(super) fn take_channels(
    site: &Site<'_>,
    whole: (&str, &VariableValues),
    start: u64,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    gathered(site, whole, output, |index| Some(later(index, start)))
}

/// The whole of which other copies have put channels `before`, with those from `start` on.
pub(super) fn put_channels(
    site: &Site<'_>,
    slice: (&str, &VariableValues),
    start: u64,
    before: Option<&VariableValues>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    scattered(site, slice, before, output, |index| Some(later(index, start)))
}

/// The index `start` channels later.
fn later(index: &[u64], start: u64) -> Vec<u64> {
    let mut later = index.to_vec();
    if let Some(channel) = later.get_mut(1) {
        *channel += start;
    }
    later
}

/// Where the elements of the present round's slice are in the whole, if they are there.
fn place<'a>(
    site: &Site<'_>,
    slicing: Slicing,
    whole: &'a [u64],
) -> Result<impl Fn(&[u64]) -> Option<Vec<u64>> + Sync + use<'a>, ExecError> {
    let (dimension, round) = (usize::from(slicing.dimension), site.round);
    if dimension >= whole.len() || slicing.length == 0 || round >= slicing.count {
        return Err(site.malformed("a slice that the whole does not have"));
    }
    Ok(move |index: &[u64]| {
        let mut place = index.to_vec();
        place[dimension] = slicing.whole(index[dimension], round);
        (place[dimension] < whole[dimension]).then_some(place)
    })
}

/// The index with its spatial part multiplied.
fn scaled(index: &[u64], strides: [u64; 3]) -> Vec<u64> {
    let (outer, positions) = index.split_at(index.len().min(2));
    let positions = positions
        .iter()
        .zip(strides)
        .map(|(index, stride)| index * stride);
    outer.iter().copied().chain(positions).collect()
}

/// Reads every element from the index that `source` says; where it says none, the element is zero.
fn gathered(
    site: &Site<'_>,
    (name, from): (&str, &VariableValues),
    output: Arc<Regions>,
    source: impl Fn(&[u64]) -> Option<Vec<u64>> + Sync,
) -> Result<VariableValues, ExecError> {
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let region = output.tile(tile);
            let held = from.window(tile);
            let mut result = Vec::with_capacity(region.elements());
            for cuboid in region.iter() {
                each_index(cuboid, |index| {
                    result.push(match source(index) {
                        None => 0.0,
                        Some(at) => held
                            .as_ref()
                            .and_then(|held| held.get(&at))
                            .ok_or_else(|| site.missing(tile, name, at))?,
                    });
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

/// Writes every element to the index that `target` says, over what was there `before`; where it says none, the element is dropped.
fn scattered(
    site: &Site<'_>,
    (name, from): (&str, &VariableValues),
    before: Option<&VariableValues>,
    output: Arc<Regions>,
    target: impl Fn(&[u64]) -> Option<Vec<u64>> + Sync,
) -> Result<VariableValues, ExecError> {
    let tiles = output.tiles().max(from.regions.tiles());
    let mut values = (0..tiles)
        .into_par_iter()
        .map(|tile| {
            let region = output.tile(tile);
            let mut window = match before.and_then(|before| before.values.get(tile)) {
                Some(values) => Window::new(region, values),
                None => Window::new(region, &vec![absent(); region.elements()]),
            };
            let mut values = from.values.get(tile).into_iter().flatten();
            for cuboid in from.regions.tile(tile).iter() {
                each_index(cuboid, |index| {
                    let (Some(value), Some(at)) = (values.next(), target(index)) else {
                        return Ok(());
                    };
                    // What has no room on this tile is lost.
                    if region.contains(&at) && window.set(&at, *value) {
                        Ok(())
                    } else {
                        Err(site.missing(tile, name, index.to_vec()))
                    }
                })?;
            }
            Ok(window.values(region))
        })
        .collect::<Result<Vec<_>, _>>()?;
    values.truncate(output.tiles());
    Ok(VariableValues {
        regions: output,
        values,
    })
}
