//! Pareto fronts of a study.

use serde::Serialize;

use crate::{
    Figures, FrontDefinition, Row, front,
    settings::{Settings, settings},
};

/// A front.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Front {
    /// What it is of.
    pub definition: FrontDefinition,
    /// Points that take part.
    pub candidates: u64,
    /// Points of which no other is better in one objective and as good in all.
    pub points: Vec<FrontPoint>,
}

/// A point of the front.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct FrontPoint {
    /// Its number.
    pub point: u64,
    /// What varies, as it is there.
    pub settings: Settings,
    /// The objectives' figures, in their order.
    pub figures: Vec<f64>,
}

/// The front of a definition.
pub(crate) fn front_of(figures: &Figures<'_>, definition: &FrontDefinition) -> Front {
    let objectives = &definition.objectives;
    let candidates: Vec<(&Row, Vec<f64>)> = figures
        .rows_where(&definition.filter)
        .filter_map(|row| {
            let of_row = objectives
                .iter()
                .map(|objective| figures.at(row, &objective.metric));
            Some((row, of_row.collect::<Option<Vec<_>>>()?))
        })
        .collect();
    let merits: Vec<Vec<f64>> = candidates
        .iter()
        .map(|(_, of_row)| {
            let goals = of_row.iter().zip(objectives);
            goals
                .map(|(figure, objective)| objective.goal.merit(*figure))
                .collect()
        })
        .collect();
    Front {
        definition: definition.clone(),
        candidates: candidates.len() as u64,
        points: front(&merits)
            .into_iter()
            .map(|index| {
                let (row, of_row) = &candidates[index];
                FrontPoint {
                    point: row.point,
                    settings: settings(figures, row, |_| true),
                    figures: of_row.clone(),
                }
            })
            .collect(),
    }
}
