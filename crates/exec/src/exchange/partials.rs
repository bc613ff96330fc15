//! Partial results of a reduction move to where they are added up.

use std::sync::Arc;

use rayon::prelude::*;

use crate::{
    ExecError,
    site::Site,
    store::{Contributions, Regions, TileContributions, VariableValues},
};

/// Every tile gathers the partial results that any tile has of its elements, its own among them, in the order of tiles.
pub(crate) fn partials(
    site: &Site<'_>,
    from: &VariableValues,
    tensor: &str,
    to: Arc<Regions>,
) -> Result<Contributions, ExecError> {
    if from.regions.elements() != to.elements() {
        return Err(site.malformed("partial results of a tensor of another size"));
    }
    // All partial results, by element.
    let mut starts = vec![0_u32; to.elements() + 1];
    for tile in 0..from.values.len() {
        from.regions.runs(tile, |start, length| {
            starts[start + 1..=start + length]
                .iter_mut()
                .for_each(|count| *count += 1);
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
            for (next, value) in next[start..start + length].iter_mut().zip(&mut rest) {
                all[*next as usize] = *value;
                *next += 1;
            }
        });
    }
    let tiles = (0..to.tiles.len())
        .into_par_iter()
        .map(|tile| {
            let mut gathered = TileContributions {
                starts: vec![0],
                values: Vec::new(),
            };
            let mut missing = None;
            to.runs(tile, |start, length| {
                for element in start..start + length {
                    let of_element = &all[starts[element] as usize..starts[element + 1] as usize];
                    if of_element.is_empty() {
                        missing = missing.or(Some(element));
                    }
                    gathered.values.extend_from_slice(of_element);
                    gathered.starts.push(gathered.values.len() as u32);
                }
            });
            match missing {
                Some(element) => Err(site.missing(tile, tensor, to.index(element))),
                None => Ok(gathered),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Contributions { regions: to, tiles })
}
