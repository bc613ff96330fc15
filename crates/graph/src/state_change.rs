//! What lives on from one run to the next.

use tilesim_terms::Phase;

use crate::TensorId;

/// A tensor that lives on: at the end of the phase, `before` takes the value of `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChange {
    /// The tensor that operators of the next round read.
    pub before: TensorId,
    /// Its new value.
    pub after: TensorId,
    /// When.
    pub phase: Phase,
}
