//! What files of runs are made of: runs with their details, and results that were read.

use tilesim_report::{MachineFacts, RunResult};
use tilesim_traces::TracedRun;

use crate::{Error, Run};

/// A run, or a result that was read.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// Its result.
    pub result: RunResult,
    /// What files are made of beside it; `None` where it was read, or no files are wanted.
    pub details: Option<Box<RunDetails>>,
}

/// What is known of a run beside its result.
#[derive(Debug, Clone)]
pub struct RunDetails {
    /// The machine's figures.
    pub machine: MachineFacts,
    /// The run, taken apart.
    pub traced: TracedRun,
}

impl From<RunResult> for RunRecord {
    fn from(result: RunResult) -> Self {
        Self {
            result,
            details: None,
        }
    }
}

impl Run {
    /// What files and reports of the run are made of.
    ///
    /// # Errors
    /// As [`Run::traces`].
    pub fn record(&self) -> Result<RunRecord, Error> {
        Ok(RunRecord {
            result: self.result().clone(),
            details: Some(Box::new(RunDetails {
                machine: self.machine().clone(),
                traced: self.traces()?,
            })),
        })
    }
}
