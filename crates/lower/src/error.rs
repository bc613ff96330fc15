//! Errors of lowering.

use tilesim_graph::Op;
use tilesim_planner::{NoPlan, PlanError};
use tilesim_terms::{Cancellation, HostFault};

/// A graph that cannot be lowered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LowerError {
    /// No plan for a convolution.
    #[error("operator `{op}`: {reason}")]
    NoPlan {
        /// Name of the operator.
        op: String,
        /// Why not.
        reason: NoPlan,
    },
    /// The plan that was found does not fit the convolution.
    #[error("operator `{op}`: {reason}")]
    Plan {
        /// Name of the operator.
        op: String,
        /// Why not.
        reason: PlanError,
    },
    /// An operator that lowering has no steps for.
    #[error("operator `{op}`: {what} is unsupported; supported: {supported}")]
    Unsupported {
        /// Name of the operator.
        op: String,
        /// What it asks for.
        what: String,
        /// What there is instead.
        supported: &'static str,
    },
    /// The chip cannot reserve the tiles that transfers with the host ask for.
    #[error("{fault}; expected {}", fault.expected())]
    Host {
        /// Why not.
        fault: HostFault,
    },
    /// An operator reads a tensor that nothing has put out before.
    #[error("operator `{op}` reads tensor `{tensor}`, which nothing has put out")]
    Undefined {
        /// Name of the operator.
        op: String,
        /// Name of the tensor.
        tensor: String,
    },
    /// Lowering was asked to stop.
    #[error("lowering was cancelled")]
    Cancelled,
}

/// An error where lowering is to stop.
pub(crate) fn cancelled(cancellation: &Cancellation) -> Result<(), LowerError> {
    if cancellation.is_asked() {
        return Err(LowerError::Cancelled);
    }
    Ok(())
}

/// The error that an operator has no lowering.
pub(crate) fn unsupported(op: &Op, what: impl Into<String>, supported: &'static str) -> LowerError {
    LowerError::Unsupported {
        op: op.name.clone(),
        what: what.into(),
        supported,
    }
}
