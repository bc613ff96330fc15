//! Which numbers reach a goal.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, Extreme, Simulator, SolveQuestion, Subject, response::Solution, solve};

use super::run::How;
use crate::tool::Question;

/// The arguments of `solve`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Solve {
    /// Network: a bundled name (the tool `models` lists them), a JSON specification or an ONNX file, perhaps with `@MACHINE:KEY=VALUE,…`.
    network: String,
    /// Numbers that may change: keys as `set` takes them, `dot_product_length`, `sram` or `exchange_rate`. All go with one factor, `KEY:EXPONENT` with a power of
    /// it; the first decides which values there are.
    vary: Vec<String>,
    /// What is to hold: `PATH OPERATOR NUMBER`, `PATH OPERATOR MODEL` for the figure of another network, or `fits`.
    goal: String,
    /// What is to hold besides, alike; that the run fits its memory always is.
    #[serde(default)]
    constraints: Vec<String>,
    /// Where the run keeps to the goal: how far it can go.
    extreme: Option<ExtremeName>,
    /// Multiples of which the first number takes.
    multiple: Option<f64>,
    /// Factor up to which is tried; 16 where left out.
    limit: Option<f64>,
    #[serde(flatten)]
    how: How,
}

/// A direction.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ExtremeName {
    /// The largest value.
    Largest,
    /// The smallest value.
    Smallest,
}

impl Question for Solve {
    const NAME: &'static str = "solve";
    const DESCRIPTION: &'static str = "The smallest change of some numbers of a machine or network that reaches a goal, or how far they can go and keep to \
         it; what forbids it where it cannot be reached";
    type Answer = Solution;

    fn answer(self, simulator: &Simulator) -> Result<Solution, Error> {
        let simulation = Subject::simulation(&self.network, &self.how.options()?)?;
        let question = SolveQuestion {
            constraints: self.constraints,
            extreme: self.extreme.map(|extreme| match extreme {
                ExtremeName::Largest => Extreme::Largest,
                ExtremeName::Smallest => Extreme::Smallest,
            }),
            multiple: self.multiple,
            limit: self.limit.unwrap_or(SolveQuestion::LIMIT),
            goal: self.goal,
            vary: self.vary,
        };
        solve(&simulation, &question, simulator, &())
    }
}
