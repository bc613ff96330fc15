//! What to buy next: numbers of the machine by the time that a step of each saves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Figures, NumberSensitivity, Side};

/// A number of the machine of which a step saves time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Purchase {
    /// The number.
    pub key: String,
    /// The step, as `--set` takes it.
    pub set: String,
    /// Share of the time that it saves.
    pub saved_share: f64,
    /// Per cent of time for a per cent of the number, so that steps of unequal size compare.
    pub elasticity: f64,
    /// Whether the run still fits the memory.
    pub fits: bool,
}

/// How keys of machines begin.
const MACHINE: &str = "machine.";

/// Numbers of the machine of which one side saves time, by how much for as large a step: the most first, equal ones by name.
pub(crate) fn ranking(base: &Figures, numbers: &[NumberSensitivity]) -> Vec<Purchase> {
    let mut purchases: Vec<Purchase> = numbers
        .iter()
        .filter(|number| number.key.starts_with(MACHINE))
        .filter_map(|number| best(base, number))
        .collect();
    purchases.sort_by(|one, other| {
        let order = other.elasticity.abs().total_cmp(&one.elasticity.abs());
        order.then_with(|| one.key.cmp(&other.key))
    });
    purchases
}

fn best(base: &Figures, number: &NumberSensitivity) -> Option<Purchase> {
    let of_side = |side: &Side, elasticity: Option<f64>| {
        let (figures, elasticity) = (side.figures.as_ref()?, elasticity?);
        let saved_share = 1.0 - figures.seconds_per_image / base.seconds_per_image;
        (saved_share > 0.0).then(|| Purchase {
            key: number.key.clone(),
            set: side.set.clone(),
            saved_share,
            elasticity,
            fits: figures.fits,
        })
    };
    let response = &number.replanned;
    let below = of_side(&response.below, response.time.below);
    let above = of_side(&response.above, response.time.above);
    match (below, above) {
        (Some(below), Some(above)) if below.elasticity.abs() > above.elasticity.abs() => Some(below),
        (below, above) => above.or(below),
    }
}
