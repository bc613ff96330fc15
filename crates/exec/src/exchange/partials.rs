//! Partial results of a reduction move to where they are added up.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_geometry::PartialResultsTransfer;

use crate::{
    ExecError,
    regions::Regions,
    site::Site,
    store::{Contributions, TileContributions, VariableValues},
};

/// Every tile gathers the partial results that any tile has of its elements, its own among them, in the order of tiles; in an
/// intermediate stage those of its run of tiles.
pub(crate) fn partials(
    site: &Site<'_>,
    from: &VariableValues,
    tensor: &str,
    to: Arc<Regions>,
    transfer: &PartialResultsTransfer,
) -> Result<Contributions, ExecError> {
    let runs = if transfer.in_runs {
        to.shape.last().map_or(1, |runs| *runs as usize).max(1)
    } else {
        1
    };
    let elements = transfer.partials.operand.elements() as usize;
    // After a stage in runs there are as many partial results of every element.
    let held = from.regions.elements() / elements.max(1);
    if elements * held != from.regions.elements() || elements * runs != to.elements() {
        return Err(site.malformed("partial results of a tensor of another size"));
    }
    // All partial results, by element.
    let mut starts = vec![0_u32; elements + 1];
    for tile in 0..from.values.len() {
        from.regions.runs(tile, |start, length| {
            for index in start..start + length {
                starts[index / held + 1] += 1;
            }
        });
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let mut all = vec![0.0; starts.last().map_or(0, |end| *end as usize)];
    for (tile, values) in from.values.iter().enumerate() {
        let mut rest = values.iter();
        from.regions.runs(tile, |start, length| {
            for (index, value) in (start..start + length).zip(&mut rest) {
                let next = &mut next[index / held];
                all[*next as usize] = *value;
                *next += 1;
            }
        });
    }
    let tiles = (0..to.tiles())
        .into_par_iter()
        .map(|tile| {
            let (mut starts_here, mut values) = (vec![0], Vec::new());
            let mut missing = None;
            to.runs(tile, |start, length| {
                for element in start..start + length {
                    let (of, run) = (element / runs, element % runs);
                    let of_element = &all[starts[of] as usize..starts[of + 1] as usize];
                    let own =
                        tilesim_geometry::Contributors::run(of_element.len() as u64, run as u64, runs as u64);
                    let of_element = &of_element[own.start as usize..own.end as usize];
                    if of_element.is_empty() {
                        missing = missing.or(Some(element));
                    }
                    values.extend_from_slice(of_element);
                    starts_here.push(values.len() as u32);
                }
            });
            match missing {
                Some(element) => Err(site.missing(tile, tensor, to.index(element))),
                None => Ok(TileContributions::Listed {
                    starts: starts_here,
                    values,
                }),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Contributions { regions: to, tiles })
}
