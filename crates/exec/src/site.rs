//! Where a run is, for errors, and whether it goes on.

use tilesim_program::{Step, VariableId};
use tilesim_terms::Cancellation;

use crate::ExecError;

/// The step that runs, for errors, and whether it goes on.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) step: &'a Step,
    /// Round of the innermost loop around it.
    pub(crate) round: u64,
    /// Whether the run is to stop.
    pub(crate) cancellation: &'a Cancellation,
}

impl Site<'_> {
    /// An error where the run is to stop.
    pub(crate) fn cancelled(&self) -> Result<(), ExecError> {
        if self.cancellation.is_asked() {
            return Err(ExecError::Cancelled);
        }
        Ok(())
    }

    /// A variable that the step reads.
    pub(crate) fn read(&self, index: usize) -> Result<VariableId, ExecError> {
        let read = self.step.reads.get(index).copied();
        read.ok_or_else(|| self.malformed("an operand is missing"))
    }

    pub(crate) fn missing(&self, tile: usize, tensor: &str, index: Vec<u64>) -> ExecError {
        ExecError::MissingElement {
            step: self.step.name.clone(),
            tile: tile as u64,
            tensor: tensor.to_owned(),
            index,
        }
    }

    pub(crate) fn unsupported(&self, what: impl Into<String>) -> ExecError {
        ExecError::Unsupported {
            step: self.step.name.clone(),
            what: what.into(),
        }
    }

    pub(crate) fn malformed(&self, what: &'static str) -> ExecError {
        ExecError::Malformed {
            step: self.step.name.clone(),
            what,
        }
    }
}
