//! A network that was run.

use tilesim_graph::Graph;
use tilesim_program::Program;
use tilesim_report::{CyclesByCause, LayerResult, MachineFacts, RunResult, run_reading};
use tilesim_sim::Profile;
use tilesim_traces::TracedRun;

use crate::{Error, RunRecord, Simulation, record::RunDetails, trace};

/// A network that was run: its result, and all that the result was made of.
#[derive(Debug, Clone)]
pub struct Run {
    simulation: Simulation,
    machine: MachineFacts,
    graph: Graph,
    program: Program,
    profile: Profile,
    result: RunResult,
}

impl Run {
    pub(crate) const fn new(
        simulation: Simulation,
        machine: MachineFacts,
        graph: Graph,
        program: Program,
        profile: Profile,
        result: RunResult,
    ) -> Self {
        Self {
            simulation,
            machine,
            graph,
            program,
            profile,
            result,
        }
    }

    /// The result, as `tilesim simulate --format json` prints it.
    pub const fn result(&self) -> &RunResult {
        &self.result
    }

    /// The result alone.
    pub fn into_result(self) -> RunResult {
        self.result
    }

    /// The layers in network order.
    pub fn layers(&self) -> &[LayerResult] {
        &self.result.layers
    }

    /// Where the cycles of the run went: they sum to its cycles.
    pub const fn causes(&self) -> &CyclesByCause {
        &self.result.cycles_by_cause
    }

    /// What the figures say, in sentences.
    pub fn reading(&self) -> Vec<String> {
        run_reading(&self.result)
    }

    /// What was run.
    pub const fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The graph that was lowered.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The program that was timed. It shows as text that diffs.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// What every step took.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The run taken apart: steps, tiles, variables and plans, of which trace tables and timelines are made.
    ///
    /// # Errors
    /// Where a convolution cannot be planned alone, or figures overflow.
    pub fn traces(&self) -> Result<TracedRun, Error> {
        trace::traced(self)
    }

    /// What files and reports of the run are made of.
    ///
    /// # Errors
    /// As [`Run::traces`].
    pub fn record(&self) -> Result<RunRecord, Error> {
        Ok(RunRecord {
            result: self.result.clone(),
            details: Some(Box::new(RunDetails {
                machine: self.machine.clone(),
                traced: self.traces()?,
            })),
        })
    }

    /// The report of the run: one HTML page that works offline.
    ///
    /// # Errors
    /// As [`Run::traces`].
    pub fn report(&self) -> Result<String, Error> {
        let labels = tilesim_report::labels(std::slice::from_ref(&self.result));
        crate::report::page(&[self.record()?], &labels, &self.reading())
    }
}
