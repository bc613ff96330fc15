//! How far the simulator is from what it is validated against, as stored with this version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ErrorStatistics,
    render::units::{grouped, percent},
};

/// What `tilesim validate summary` said of the open tables for this version.
const STORED: &str = include_str!("validation.json");

/// What is compared. Each is validated on its own; the whole of a run is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValidatedKind {
    /// Cycles of convolution kernels on one tile.
    ConvolutionKernels,
    /// Cycles of reductions on one tile.
    Reductions,
    /// Cycles of elementwise functions, activations, casts and norms on one tile.
    VectorKernels,
    /// Cycles of pooling on one tile.
    Pooling,
    /// Cycles of transpositions and slices on one tile.
    Copies,
    /// Cycles of given plans of whole convolutions, exchange included.
    Plans,
}

impl ValidatedKind {
    /// All kinds, in the order of tables.
    pub const ALL: [Self; 6] = [
        Self::ConvolutionKernels,
        Self::Reductions,
        Self::VectorKernels,
        Self::Pooling,
        Self::Copies,
        Self::Plans,
    ];

    /// What is compared, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ConvolutionKernels => "convolution kernels",
            Self::Reductions => "reductions",
            Self::VectorKernels => "vector kernels",
            Self::Pooling => "poolings",
            Self::Copies => "copies on a tile",
            Self::Plans => "given plans of convolutions",
        }
    }
}

/// The errors of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KindErrors {
    /// What is compared.
    pub kind: ValidatedKind,
    /// Statistics of the relative errors of its rows; a row that the simulator refuses is wrong by 100 %.
    #[serde(flatten)]
    pub errors: ErrorStatistics,
}

/// The errors stored with this version, in the order of [`ValidatedKind::ALL`]; none where nothing is stored.
pub fn stored_validation() -> Vec<KindErrors> {
    serde_json::from_str(STORED).unwrap_or_default()
}

/// The errors in a sentence for beside a headline.
pub fn validation_sentence(kinds: &[KindErrors]) -> String {
    if kinds.is_empty() {
        return "Not validated: the result states no errors.".to_owned();
    }
    let parts: Vec<String> = kinds.iter().map(part).collect();
    format!(
        "Predicted exactly of the vendor's own cycle model (PopLibs, not silicon): {}. Where that model leaves out work, runs \
         charge it. Costs of exchange and synchronisation beyond bytes per cycle are assumed, and whole networks are not \
         validated.",
        parts.join(", ")
    )
}

fn part(kind: &KindErrors) -> String {
    let errors = kind.errors;
    // Rounded down, so that 100 % means all.
    let exact = percent((errors.exact_share * 1000.0 + 1e-9).floor() / 1000.0);
    format!("{exact} of {} {}", grouped(errors.rows), kind.kind.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_stored_of_every_kind() {
        let kinds: Vec<ValidatedKind> = stored_validation().iter().map(|kind| kind.kind).collect();
        assert_eq!(kinds, ValidatedKind::ALL);
    }

    #[test]
    fn a_share_is_never_rounded_up_to_all() {
        let errors = ErrorStatistics {
            rows: 3970,
            exact_share: 0.9999,
            within_1_percent_share: 1.0,
            median: 0.0,
            p90: 0.0,
            worst: 1.0,
        };
        let kind = ValidatedKind::Plans;
        let sentence = validation_sentence(&[KindErrors { kind, errors }]);
        assert!(sentence.contains("99.9 % of 3,970 given plans"), "{sentence}");
        assert!(validation_sentence(&[]).starts_with("Not validated"));
    }
}
