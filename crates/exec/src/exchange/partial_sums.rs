//! One stage of the reduction of a convolution's partial sums.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_geometry::{PartialSumsExchange, ReductionParty};

use super::transfer::first_missing;
use crate::{
    ExecError,
    regions::Regions,
    site::Site,
    store::{Contributions, TileContributions, VariableValues, gather, is_absent, whole},
};

/// Every tile gathers the partial sums of the shares that it is left with, its own among them, in the order of sharers. `shares` is
/// what every tile's share is.
pub(crate) fn partial_sums(
    site: &Site<'_>,
    exchange: &PartialSumsExchange,
    shares: &Regions,
    from: &VariableValues,
    tensor: &str,
) -> Result<Contributions, ExecError> {
    let parties = exchange.parties();
    let regions = Arc::new(left_with(shares, &parties, &from.regions.shape));
    if from.values.len() != parties.len() || regions.elements() != from.regions.elements() {
        return Err(site.malformed("partial sums of another convolution"));
    }
    // By tile: what each of its contributors sends. Tiles of one number among the sharers of their cells have no element in common.
    let mut sent: Vec<Vec<Vec<f32>>> = parties.iter().map(|_| Vec::new()).collect();
    let sharers = parties.iter().map(|party| party.sharer + 1).max().unwrap_or(0);
    for sharer in 0..sharers {
        let sends = |tile: &usize| parties[*tile].sharer == sharer;
        let on_the_way = whole(from, (0..parties.len()).filter(sends));
        sent.par_iter_mut()
            .zip(&parties)
            .enumerate()
            .try_for_each(|(tile, (sent, party))| {
                let contributes = party
                    .contributors
                    .iter()
                    .any(|contributor| parties[*contributor as usize].sharer == sharer);
                if !contributes {
                    return Ok(());
                }
                let values = gather(&regions, tile, &on_the_way);
                if values.iter().any(|value| is_absent(*value)) {
                    return Err(first_missing(site, &regions, tile, tensor, &on_the_way));
                }
                sent.push(values);
                Ok(())
            })?;
    }
    let tiles = sent.into_iter().map(TileContributions::Rows).collect();
    Ok(Contributions { regions, tiles })
}

/// What every tile is left with.
fn left_with(shares: &Regions, parties: &[ReductionParty], shape: &[u64]) -> Regions {
    let mut regions = Regions::empty(shape);
    for party in parties {
        let taken = party.takes.iter();
        regions.push(taken.flat_map(|taken| shares.tile(*taken as usize).iter()));
    }
    regions
}
