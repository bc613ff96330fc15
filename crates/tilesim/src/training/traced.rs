//! A weight update with everything that traces and reports need.

use rayon::prelude::*;
use tilesim_program::system::StageProgram;
use tilesim_report::{Mode, RunFacts, RunSection, summarise, training::TrainingFacts};
use tilesim_sim::{detail, system::StageProfile};
use tilesim_terms::Planning;
use tilesim_traces::{TraceInput, TracedRun, TracedSystem};

use super::{Training, summarise_training};
use crate::{Error, OutputFile, Simulator, TraceFormat, trace};

impl Training {
    /// The same update taken apart: what traces and reports are made of. Its result is that of [`Training::run`].
    ///
    /// # Errors
    /// As [`Training::run`].
    pub fn traces(&self, simulator: &Simulator) -> Result<TracedSystem, Error> {
        traced(self, simulator)
    }

    /// The report of an update that was taken apart (feature `report`), and its traces where a format is given.
    ///
    /// # Errors
    /// Where a file cannot be made.
    pub fn files(
        &self,
        traced: &TracedSystem,
        traces: Option<TraceFormat>,
    ) -> Result<Vec<OutputFile>, Error> {
        let mut files = Vec::new();
        #[cfg(feature = "report")]
        files.push(OutputFile::new(
            crate::files::REPORT,
            crate::report::system_page(traced, &self.machine_facts()?)?,
        ));
        if let Some(format) = traces {
            files.extend(trace::system_files(traced, format)?);
        }
        Ok(files)
    }
}

/// Trains a network, as far as one weight update goes, and takes it apart.
fn traced(training: &Training, simulator: &Simulator) -> Result<TracedSystem, Error> {
    let program = training.lower(simulator)?;
    let profile = training.simulate(&program, simulator)?;
    let facts = training.facts()?;
    let result = summarise_training(&profile, &facts)?;
    let name = format!("{} on {}", result.model.name, result.system.name);
    let stages = program.stages.par_iter().zip(&profile.stages).enumerate();
    let stages = stages
        .map(|(index, (program, profile))| {
            let name = format!("{name}, stage {index}");
            stage(training, &facts, index, name, program, profile)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<_, Error>>()?;
    Ok(TracedSystem {
        name,
        result,
        profile,
        stages,
    })
}

/// The program of a stage as a run of its own.
fn stage(
    training: &Training,
    facts: &TrainingFacts,
    index: usize,
    name: String,
    program: &StageProgram,
    stage: &StageProfile,
) -> Result<TracedRun, Error> {
    let run = RunSection {
        mode: Mode::Training,
        batch: training.setup.micro_batch,
        precision: facts.system.precision.clone(),
        available_memory_proportion: training.setup.available_memory_proportion.of(index).convolution,
        host_io: false,
        software: facts.system.software.clone(),
        planning: Planning::Vendor,
        framework: None,
        overlap: None,
    };
    let input = TraceInput {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: trace::network(&training.network)?,
        machine: serde_json::to_value(training.machine.values())?,
        run: serde_json::to_value(&facts.system)?,
    };
    let facts = RunFacts {
        model: facts.model.clone(),
        machine: facts.machine.clone(),
        run,
        theoretical: facts.theoretical,
        largest_batch: None,
    };
    Ok(TracedRun {
        name,
        input,
        result: summarise(&stage.profile, &facts)?,
        detail: detail(&program.program, training.chip(), &stage.profile)?,
        profile: stage.profile.clone(),
        plans: Vec::new(),
        chosen_tiles: Vec::new(),
    })
}
