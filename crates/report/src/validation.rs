//! How far the simulator is from what it is validated against, as stored with this version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ErrorStatistics, RunResult, SiliconErrors, nearest,
    render::units::{grouped, percent},
};

/// What `tilesim validate summary` said of the open tables for this version.
const STORED: &str = include_str!("validation.json");
/// The `statistics` of what `tilesim validate training` said of the open measurements for this version.
const STORED_TRAINING: &str = include_str!("training/validation.json");

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
    /// Cycles of whole convolution layers over the chip, with their gradients where the table has them.
    ConvolutionLayers,
    /// The same of depthwise convolutions.
    DepthwiseLayers,
    /// The same of fully connected layers and matrix products.
    MatrixLayers,
    /// The same of pooling layers.
    PoolingLayers,
    /// The same of reductions over the chip.
    ReductionLayers,
}

impl ValidatedKind {
    /// All kinds, in the order of tables.
    pub const ALL: [Self; 11] = [
        Self::ConvolutionKernels,
        Self::Reductions,
        Self::VectorKernels,
        Self::Pooling,
        Self::Copies,
        Self::Plans,
        Self::ConvolutionLayers,
        Self::DepthwiseLayers,
        Self::MatrixLayers,
        Self::PoolingLayers,
        Self::ReductionLayers,
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
            Self::ConvolutionLayers => "convolution layers",
            Self::DepthwiseLayers => "depthwise layers",
            Self::MatrixLayers => "matrix layers",
            Self::PoolingLayers => "pooling layers",
            Self::ReductionLayers => "reduction layers",
        }
    }

    /// Whether whole layers are compared, whose cycles the vendor's model of the chip gives; no formula of it is known.
    pub const fn of_layers(self) -> bool {
        matches!(
            self,
            Self::ConvolutionLayers
                | Self::DepthwiseLayers
                | Self::MatrixLayers
                | Self::PoolingLayers
                | Self::ReductionLayers
        )
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

/// The answer of `validate summary`: the errors of all open tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationSummary {
    /// Against the vendor's own cycle model, in the order of [`ValidatedKind::ALL`].
    pub kinds: Vec<KindErrors>,
    /// Against what was measured on real chips.
    pub silicon: SiliconErrors,
}

/// The errors stored with this version; none where nothing is stored.
pub fn stored_validation() -> ValidationSummary {
    serde_json::from_str(STORED).unwrap_or_default()
}

/// The errors of the throughput of whole training configurations that are stored with this version.
pub fn stored_training_validation() -> Option<ErrorStatistics> {
    serde_json::from_str(STORED_TRAINING).ok()
}

/// The errors in sentences for beside a headline: of what was measured on real chips nearest to the run, and of its parts.
pub fn validation_sentence(result: &RunResult) -> String {
    let of_networks = nearest::sentence(result)
        .unwrap_or_else(|| "Whole networks are not validated on real chips.".to_owned());
    sentence(&result.validation, &of_networks)
}

/// The errors in sentences for beside the headline of a system that trains.
pub fn training_validation_sentence(kinds: &[KindErrors], throughput: Option<ErrorStatistics>) -> String {
    let of_configurations = throughput.map_or_else(
        || "Whole systems are not validated.".to_owned(),
        |errors| {
            format!(
                "Median error of the training throughput of whole systems against published measurements: {} of {} \
                 configurations of 16 chips, {} at worst, with nothing fitted to them.",
                percent(errors.median),
                grouped(errors.rows),
                percent(errors.worst),
            )
        },
    );
    sentence(kinds, &of_configurations)
}

/// What is known of whole networks, and of their parts.
fn sentence(kinds: &[KindErrors], of_networks: &str) -> String {
    if kinds.is_empty() {
        return "Not validated: the result states no errors.".to_owned();
    }
    let parts = |of_layers: bool, part: fn(&KindErrors) -> String| -> String {
        let of = kinds.iter().filter(|kind| kind.kind.of_layers() == of_layers);
        of.map(part).collect::<Vec<_>>().join(", ")
    };
    let layers = parts(true, median);
    let layers = if layers.is_empty() {
        String::new()
    } else {
        format!(" Median error of whole layers against the vendor's model of a chip: {layers}.")
    };
    format!(
        "{of_networks} Predicted exactly of the vendor's own cycle model (PopLibs): {}. Where that model leaves out work, runs \
         charge it.{layers}",
        parts(false, exact),
    )
}

fn median(kind: &KindErrors) -> String {
    let errors = kind.errors;
    format!(
        "{} of {} {}",
        percent(errors.median),
        grouped(errors.rows),
        kind.kind.words()
    )
}

fn exact(kind: &KindErrors) -> String {
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
        let kinds: Vec<ValidatedKind> = stored_validation().kinds.iter().map(|kind| kind.kind).collect();
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
        let sentence = sentence(&[KindErrors { kind, errors }], "");
        assert!(sentence.contains("99.9 % of 3,970 given plans"), "{sentence}");
    }

    #[test]
    fn nothing_stored_is_not_validated() {
        assert!(sentence(&[], "all is well").starts_with("Not validated"));
    }

    #[test]
    fn systems_that_train_are_validated_whole() {
        let kinds = stored_validation().kinds;
        let throughput = stored_training_validation().expect("it is stored");
        let sentence = training_validation_sentence(&kinds, Some(throughput));
        assert!(sentence.contains("of 12 configurations of 16 chips") && !sentence.contains("not validated"));
        assert!(training_validation_sentence(&kinds, None).starts_with("Whole systems are not validated."));
    }
}
