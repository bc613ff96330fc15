//! Partial convolutions: every tile multiplies and adds up its box of the iteration space.
//!
//! The iteration space is a product of independent [`parts`]: variables that depend on each other through a window, a diagonal or a
//! block that is not full. A tile packs what it reads by these, so that the innermost loop runs over neighbouring elements.

mod accumulate;
mod pack;
mod parts;

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_program::work::ConvolutionWork;

use self::{
    accumulate::{Order, accumulate},
    pack::{Packing, Values},
    parts::{INPUT, OUTPUT, Structure, WEIGHTS},
};
use crate::{
    ExecError,
    formats::Format,
    site::Site,
    store::{Regions, VariableValues},
};

/// The partial sums of every tile, which are kept in `partials`.
pub(crate) fn convolution(
    site: &Site<'_>,
    work: &ConvolutionWork,
    [input, weights]: [(&str, &VariableValues); 2],
    output: Arc<Regions>,
    partials: Format,
) -> Result<VariableValues, ExecError> {
    let structure = Structure::new(work).ok_or_else(|| site.unsupported("a convolution of this layout"))?;
    let order = Order {
        block: work.whole.grouping.in_channels.max(1),
        partials,
    };
    let values = (0..output.tiles.len())
        .into_par_iter()
        .map(|tile| {
            site.cancelled()?;
            let mut sums = vec![0.0; output.tiles[tile].elements() as usize];
            for cell in work.grid.cell(tile as u64) {
                let Some(parts) = structure.parts(&cell) else {
                    continue;
                };
                let packing = Packing::new(&structure, &parts);
                let read = |operand: usize, (name, held): (&str, &VariableValues)| {
                    let shape = &held.regions.shape;
                    match (held.regions.tiles.get(tile), held.values.get(tile)) {
                        (Some(region), Some(values)) => packing
                            .read(operand, shape, &Values { region, values })
                            .map_err(|index| site.missing(tile, name, index)),
                        _ => Err(site.missing(tile, name, vec![0; shape.len()])),
                    }
                };
                let inputs = read(INPUT, input)?;
                let weights = read(WEIGHTS, weights)?;
                let own = Values {
                    region: &output.tiles[tile],
                    values: sums.as_slice(),
                };
                let mut packed = packing
                    .read(OUTPUT, &output.shape, &own)
                    .map_err(|index| site.missing(tile, "the partial sums", index))?;
                accumulate(
                    &structure,
                    &parts,
                    &packing,
                    order,
                    &inputs,
                    &weights,
                    &mut packed,
                );
                packing.write(OUTPUT, &output.shape, &output.tiles[tile], &packed, &mut sums);
            }
            Ok(sums)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}
