//! Copies to other places of a tensor, index by index of the iteration space.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_geometry::Placement;
use tilesim_program::work::RearrangementWork;

use super::indices::each_index;
use crate::{
    ExecError,
    regions::{Regions, unflattened},
    site::Site,
    store::{VariableValues, Window, absent},
};

/// What every tile holds of the result, over what it held `before`.
pub(crate) fn rearrangement(
    site: &Site<'_>,
    work: &RearrangementWork,
    operands: &[(&str, &VariableValues)],
    before: Option<&VariableValues>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let alike = work.sources.iter().all(|source| source.grid == work.result.grid);
    if !alike || operands.len() != work.sources.len() {
        return Err(site.malformed("a rearrangement sees its operands over one grid"));
    }
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let region = output.tile(tile);
            let blank: Vec<f32>;
            let own = if let Some(own) = before.and_then(|before| before.values.get(tile)) {
                own
            } else {
                blank = vec![absent(); region.elements()];
                &blank
            };
            let mut window = Window::new(region, own);
            for (source, (name, operand)) in work.sources.iter().zip(operands) {
                let Some(held) = operand.window(tile) else {
                    continue;
                };
                // What is a view lies in another shape, in the same row-major order.
                let (seen, own) = (source.operand.shape.as_slice(), operand.regions.shape.as_slice());
                let is_view = seen != own;
                each_pair(&work.result, source, tile, |to, from| {
                    // Of a cell that tiles share out each has a part.
                    if work.result.sharers() > 1 && !region.contains(to) {
                        return Ok(());
                    }
                    let value = if is_view {
                        held.get(&unflattened(own, flattened(seen, from)))
                    } else {
                        held.get(from)
                    };
                    let value = value.ok_or_else(|| site.missing(tile, name, from.to_vec()))?;
                    window.set(to, value);
                    Ok(())
                })?;
            }
            Ok(window.values(region))
        })
        .collect::<Result<_, ExecError>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// The row-major index of an element.
fn flattened(shape: &[u64], index: &[u64]) -> usize {
    let digits = shape.iter().zip(index);
    digits.fold(0, |flat, (size, digit)| flat * size + digit) as usize
}

/// Visits the elements of the result and of an operand that each index of a tile's cell touches.
fn each_pair(
    result: &Placement,
    source: &Placement,
    tile: usize,
    mut visit: impl FnMut(&[u64], &[u64]) -> Result<(), ExecError>,
) -> Result<(), ExecError> {
    let sizes = &result.grid.sizes;
    for cell in result.indices(tile as u64) {
        each_index(&cell, |values| {
            match (result.operand.at(values, sizes), source.operand.at(values, sizes)) {
                (Some(to), Some(from)) => visit(&to, &from),
                _ => Ok(()),
            }
        })?;
    }
    Ok(())
}
