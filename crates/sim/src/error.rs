//! Errors of the simulation.

use tilesim_codelets::convolution::IllegalKernel;
use tilesim_codelets::vector::IllegalVectorKernel;
use tilesim_terms::Cancellation;

/// A program that cannot run on the machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimError {
    /// A convolution kernel cannot compute the share of a tile.
    #[error("step `{step}`: the kernel cannot compute a tile's share: {reason}")]
    IllegalKernel {
        /// Name of the step.
        step: String,
        /// Why not.
        reason: IllegalKernel,
    },
    /// A vector kernel cannot compute the share of a tile.
    #[error("step `{step}`: {reason}")]
    IllegalVectorKernel {
        /// Name of the step.
        step: String,
        /// Why not.
        reason: IllegalVectorKernel,
    },
    /// A step uses tiles that the machine does not have.
    #[error("step `{step}` uses {used} tiles, but the machine has {available}")]
    Tiles {
        /// Name of the step.
        step: String,
        /// Tiles that it uses.
        used: u64,
        /// Tiles of the machine.
        available: u64,
    },
    /// A step adds up over replicas, and the program runs on a chip that has none.
    #[error("step `{step}` adds up over {group} replicas, but the program runs on one chip")]
    Replicas {
        /// Name of the step.
        step: String,
        /// Replicas that add up with one another.
        group: u32,
    },
    /// The run exceeds what counters of tile-cycles hold.
    #[error("the run takes more tile-cycles than counters hold, at step `{step}`")]
    Overflow {
        /// Name of the step.
        step: String,
    },
    /// The run was asked to stop.
    #[error("the run was cancelled")]
    Cancelled,
}

/// An error where a run is to stop.
pub(crate) fn cancelled(cancellation: &Cancellation) -> Result<(), SimError> {
    if cancellation.is_asked() {
        return Err(SimError::Cancelled);
    }
    Ok(())
}
