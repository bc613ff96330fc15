//! Points that do not fit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of points that do not fit the machine's memory when settings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unfit {
    /// They take no part: they would not run.
    #[default]
    Excluded,
    /// They take part: they are known to run, whatever the simulator says of their memory.
    Included,
}
