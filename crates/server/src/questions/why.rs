//! Why one run takes another time than another.

use schemars::JsonSchema;
use serde::Deserialize;
use tilesim::{Error, Simulator, WhySubject, difference::Why, why};

use super::run::How;
use crate::tool::Question;

/// The arguments of `why`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct WhyTwo {
    /// Run to start from: a bundled name, a JSON specification, an ONNX file or a JSON result, perhaps with `@MACHINE:KEY=VALUE,…`.
    a: String,
    /// Run whose time is explained, alike.
    b: String,
    #[serde(flatten)]
    how: How,
}

impl Question for WhyTwo {
    const NAME: &'static str = "why";
    const DESCRIPTION: &'static str = "Why one run takes another time than another: the difference by cause, kind of layer, layer and decision, \
         and counterfactuals that were simulated";
    type Answer = Why;

    fn answer(self, simulator: &Simulator) -> Result<Why, Error> {
        let (a, b) = WhySubject::pair(&self.a, &self.b, &self.how.options()?)?;
        why(&a, &b, simulator, &())
    }
}
