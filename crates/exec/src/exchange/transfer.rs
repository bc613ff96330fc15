//! A tensor moves.

use std::sync::Arc;

use rayon::prelude::*;

use crate::{
    ExecError,
    regions::Regions,
    site::Site,
    store::{VariableValues, gather, is_absent},
};

/// Every tile receives what it needs from the tile that holds it.
pub(crate) fn transfer(
    site: &Site<'_>,
    from: &VariableValues,
    tensor: &str,
    to: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    if from.regions.elements() != to.elements() {
        return Err(site.malformed("a transfer between tensors of different sizes"));
    }
    let on_the_way = from.whole();
    let values = (0..to.tiles())
        .into_par_iter()
        .map(|tile| {
            let values = gather(&to, tile, &on_the_way);
            if values.iter().any(|value| is_absent(*value)) {
                return Err(first_missing(site, &to, tile, tensor, &on_the_way));
            }
            Ok(values)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues { regions: to, values })
}

/// The error that names the first element of a tile's region that nobody holds.
pub(crate) fn first_missing(
    site: &Site<'_>,
    regions: &Regions,
    tile: usize,
    tensor: &str,
    whole: &[f32],
) -> ExecError {
    let mut missing = None;
    regions.runs(tile, |start, length| {
        let absent = (start..start + length).find(|index| is_absent(whole[*index]));
        missing = missing.or(absent);
    });
    site.missing(tile, tensor, regions.index(missing.unwrap_or(0)))
}
