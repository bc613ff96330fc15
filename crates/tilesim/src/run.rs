//! A network that was run.

use tilesim_graph::Graph;
use tilesim_program::Program;
use tilesim_report::{CyclesByCause, LayerResult, MachineFacts, RunResult, run_reading, summarise};
use tilesim_sim::Profile;

use crate::{Error, Simulation, Simulator};

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

impl Simulation {
    /// Runs the network.
    ///
    /// # Errors
    /// As [`Simulation::result`].
    pub fn run(&self, simulator: &Simulator) -> Result<Run, Error> {
        self.check()?;
        let facts = self.facts()?;
        let graph = self.graph()?;
        let program = self.program(&graph, simulator)?;
        let profile = self.simulate(&program, simulator)?;
        let result = summarise(&profile, &facts)?;
        Ok(Run {
            simulation: self.clone(),
            machine: facts.machine,
            graph,
            program,
            profile,
            result,
        })
    }
}

impl Run {
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

    /// Figures of the machine that the result was computed with.
    pub(crate) const fn machine(&self) -> &MachineFacts {
        &self.machine
    }
}
