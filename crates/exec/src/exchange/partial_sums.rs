//! One stage of the reduction of a convolution's partial sums.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_geometry::{PartialSumsExchange, ReductionParty};

use super::transfer::first_missing;
use crate::{
    ExecError,
    site::Site,
    store::{Contributions, Regions, TileContributions, VariableValues, gather, is_absent},
};

/// Every tile gathers the partial sums of the shares that it is left with, its own among them, in the order of sharers.
pub(crate) fn partial_sums(
    site: &Site<'_>,
    exchange: &PartialSumsExchange,
    from: &VariableValues,
    tensor: &str,
) -> Result<Contributions, ExecError> {
    let parties = exchange.parties();
    let regions = Arc::new(left_with(exchange, &parties, &from.regions.shape));
    if from.values.len() != parties.len() || regions.elements() != from.regions.elements() {
        return Err(site.malformed("partial sums of another convolution"));
    }
    // By tile: what each of its contributors sends. Tiles of one number among the sharers of their cells have no element in common.
    let mut sent: Vec<Vec<Vec<f32>>> = parties.iter().map(|_| Vec::new()).collect();
    let sharers = parties.iter().map(|party| party.sharer + 1).max().unwrap_or(0);
    for sharer in 0..sharers {
        let senders = VariableValues {
            regions: Arc::clone(&from.regions),
            values: parties
                .iter()
                .zip(&from.values)
                .map(|(party, values)| {
                    if party.sharer == sharer {
                        values.clone()
                    } else {
                        Vec::new()
                    }
                })
                .collect(),
        };
        let on_the_way = whole_of(&senders);
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
    let tiles = sent.into_par_iter().map(|sent| interleaved(&sent)).collect();
    Ok(Contributions { regions, tiles })
}

/// The whole tensor of those tiles that have values.
fn whole_of(held: &VariableValues) -> Vec<f32> {
    let mut whole = vec![crate::store::absent(); held.regions.elements()];
    for (tile, values) in held
        .values
        .iter()
        .enumerate()
        .filter(|(_, values)| !values.is_empty())
    {
        let mut rest = values.as_slice();
        held.regions.runs(tile, |start, length| {
            let (run, behind) = rest.split_at(length);
            whole[start..start + length].copy_from_slice(run);
            rest = behind;
        });
    }
    whole
}

/// What every tile is left with.
fn left_with(exchange: &PartialSumsExchange, parties: &[ReductionParty], shape: &[u64]) -> Regions {
    let shares = exchange.outputs.regions();
    let tiles = parties
        .iter()
        .map(|party| {
            party
                .takes
                .iter()
                .flat_map(|taken| shares[*taken as usize].boxes().iter().cloned())
                .collect()
        })
        .collect();
    Regions {
        shape: shape.to_vec(),
        tiles,
    }
}

/// The values of several senders, element after element.
fn interleaved(sent: &[Vec<f32>]) -> TileContributions {
    let elements = sent.first().map_or(0, Vec::len);
    let mut values = Vec::with_capacity(elements * sent.len());
    for element in 0..elements {
        values.extend(sent.iter().map(|values| values[element]));
    }
    TileContributions {
        starts: (0..=elements)
            .map(|element| (element * sent.len()) as u32)
            .collect(),
        values,
    }
}
