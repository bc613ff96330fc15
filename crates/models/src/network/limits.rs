//! Bounds on what a specification may ask for, far above any network there is.

use crate::ModelError;

/// Largest width and depth multipliers.
const MAX_MULTIPLIER: f64 = 1000.0;

/// Most channels, pixels, strides, repeats and the like.
const MAX_SIZE: u64 = 1 << 20;

/// Most blocks of a network.
const MAX_BLOCKS: u64 = 4096;

/// Checks that a size is positive and no slip of the pen.
pub(super) fn size(field: &'static str, value: u64) -> Result<u64, ModelError> {
    if (1..=MAX_SIZE).contains(&value) {
        Ok(value)
    } else {
        Err(ModelError::Value {
            field,
            got: value.to_string(),
            expected: format!("1 to {MAX_SIZE}"),
        })
    }
}

/// Checks that a multiplier is positive and no slip of the pen.
pub(super) fn multiplier(field: &'static str, value: f64) -> Result<f64, ModelError> {
    if value > 0.0 && value <= MAX_MULTIPLIER {
        Ok(value)
    } else {
        Err(ModelError::Value {
            field,
            got: value.to_string(),
            expected: format!("above 0 and at most {MAX_MULTIPLIER}"),
        })
    }
}

/// Checks that what is added to a variance keeps it positive.
pub(super) fn epsilon(field: &'static str, value: f64) -> Result<f64, ModelError> {
    if value > 0.0 && value <= 1.0 {
        Ok(value)
    } else {
        Err(ModelError::Value {
            field,
            got: value.to_string(),
            expected: "above 0 and at most 1".to_owned(),
        })
    }
}

/// Checks that the repeats of all stages are not more blocks than any network has.
pub(super) fn repeats(repeats: impl Iterator<Item = u64>) -> Result<(), ModelError> {
    blocks(repeats.fold(0, u64::saturating_add))
}

/// Checks that there are not more blocks than any network has.
pub(super) fn blocks(count: u64) -> Result<(), ModelError> {
    if count <= MAX_BLOCKS {
        Ok(())
    } else {
        Err(ModelError::Value {
            field: "depth",
            got: format!("such that there are {count} blocks"),
            expected: format!("at most {MAX_BLOCKS} blocks"),
        })
    }
}
