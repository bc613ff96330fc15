//! Networks, machines or settings side by side.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, Simulator, Subject, Wanted, compare, results::Comparison};

use super::run::How;
use crate::tool::Question;

/// The arguments of `compare`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Compare {
    /// Networks, which are compared with the first: bundled names, JSON specifications, ONNX files or JSON results, perhaps with
    /// `@MACHINE:KEY=VALUE,…` for settings of that one alone, such as `efficientnet-b0-g16@bow:batch=8`.
    #[schemars(length(min = 1))]
    networks: Vec<String>,
    /// Whether the largest batch that fits is searched too; no where left out.
    #[serde(default)]
    max_batch: bool,
    #[serde(flatten)]
    how: How,
}

impl Question for Compare {
    const NAME: &'static str = "compare";
    const DESCRIPTION: &'static str = "Runs several networks, or one with several machines or settings, and compares each with the first: \
         ratios, and what they say in sentences";
    type Answer = Comparison;

    fn answer(self, simulator: &Simulator) -> Result<Comparison, Error> {
        let wanted = Wanted {
            largest_batch: self.max_batch,
            ..Wanted::default()
        };
        // In order, whoever is ready first.
        let results = Subject::all(&self.networks, &self.how.options()?)?
            .into_par_iter()
            .map(|subject| Ok(subject.record(wanted, simulator, &())?.result))
            .collect::<Vec<Result<_, Error>>>();
        compare(results.into_iter().collect::<Result<_, _>>()?)
    }
}
