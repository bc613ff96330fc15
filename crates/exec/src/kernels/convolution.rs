//! Partial convolutions: every tile multiplies and adds up its box of the iteration space.
//!
//! The iteration space is a product of independent [`parts`]: variables that depend on each other through a window, a diagonal or a
//! block that is not full. A tile packs what it reads by these, so that the innermost loop runs over neighbouring elements.

mod accumulate;
mod cells;
mod pack;
mod parts;
mod products;

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_program::work::ConvolutionWork;

use self::{
    accumulate::{Lists, Order, accumulate},
    cells::Cells,
    pack::{Packing, Values},
    parts::{INPUT, OUTPUT, Structure, WEIGHTS},
};
use crate::{ExecError, formats::Format, regions::Regions, site::Site, store::VariableValues};

/// Memory that a thread packs operands in, tile after tile.
#[derive(Default)]
struct Packed {
    inputs: Vec<f32>,
    weights: Vec<f32>,
    sums: Vec<f32>,
    lists: Lists,
}

/// The partial sums of every tile, which are kept in `partials`.
pub(crate) fn convolution(
    site: &Site<'_>,
    work: &ConvolutionWork,
    [input, weights]: [(&str, &VariableValues); 2],
    output: Arc<Regions>,
    partials: Format,
) -> Result<VariableValues, ExecError> {
    let structure = Structure::new(work).ok_or_else(|| site.unsupported("a convolution of this layout"))?;
    let cells = Cells::new(&structure, output.tiles());
    let order = Order {
        block: work.whole.grouping.in_channels.max(1),
        partials,
    };
    let values = (0..output.tiles())
        .into_par_iter()
        .map_init(Packed::default, |packed, tile| {
            site.cancelled()?;
            let region = output.tile(tile);
            let mut sums = vec![0.0; region.elements()];
            for parts in cells.of_tile(tile) {
                let packing = Packing::new(&structure, &parts);
                let read = |operand: usize, (name, held): (&str, &VariableValues), packed: &mut Vec<f32>| {
                    let shape = &held.regions.shape;
                    let region = held.regions.tile(tile);
                    match held.values.get(tile) {
                        Some(values) => packing
                            .read(operand, shape, &Values { region, values }, packed)
                            .map_err(|index| site.missing(tile, name, index)),
                        None => Err(site.missing(tile, name, vec![0; shape.len()])),
                    }
                };
                read(INPUT, input, &mut packed.inputs)?;
                read(WEIGHTS, weights, &mut packed.weights)?;
                // What the only cell of a tile adds to is zero.
                packed.sums.clear();
                packed.sums.resize(packing.elements[OUTPUT], 0.0);
                let missing = |index| site.missing(tile, "the partial sums", index);
                if !cells.is_single(tile) {
                    let values = sums.as_slice();
                    packing
                        .read(
                            OUTPUT,
                            &output.shape,
                            &Values { region, values },
                            &mut packed.sums,
                        )
                        .map_err(missing)?;
                }
                let operands = [packed.inputs.as_slice(), packed.weights.as_slice()];
                accumulate(
                    &structure,
                    &parts,
                    &packing,
                    order,
                    operands,
                    &mut packed.sums,
                    &mut packed.lists,
                );
                let written = packing.write(OUTPUT, &output.shape, region, &packed.sums, &mut sums);
                if written != packed.sums.len() {
                    return Err(missing(packing.missing(OUTPUT, &output.shape, region)));
                }
            }
            Ok(sums)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}
