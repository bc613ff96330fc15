//! A weight update with everything that traces and reports need.

use rayon::prelude::*;
use tilesim_lower::{PlanSource, system::lower_system};
use tilesim_program::system::StageProgram;
use tilesim_report::{Mode, RunFacts, RunSection, summarise, training::TrainingFacts};
use tilesim_sim::{
    GeometrySource, detail,
    system::{StageProfile, simulate_system},
};
use tilesim_traces::{TraceInput, TracedRun, TracedSystem};

use super::{TrainingRequest, facts, network, summarise_training};
use crate::{error::CliError, traces};

/// Trains a network, as far as one weight update goes, and takes it apart.
pub(crate) fn traced(request: &TrainingRequest) -> Result<TracedSystem, CliError> {
    let program = lower_system(
        &network(request)?,
        &request.setup,
        &request.machine,
        PlanSource::Own,
    )?;
    let profile = simulate_system(
        &program,
        &request.machine,
        &request.interconnect,
        GeometrySource::Own,
    )?;
    let facts = facts(request)?;
    let result = summarise_training(&profile, &facts)?;
    let name = format!("{} on {}", result.model.name, result.system.name);
    let stages = program.stages.par_iter().zip(&profile.stages).enumerate();
    let stages = stages
        .map(|(index, (program, profile))| {
            let name = format!("{name}, stage {index}");
            stage(request, &facts, index, name, program, profile)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<_, CliError>>()?;
    Ok(TracedSystem {
        name,
        result,
        profile,
        stages,
    })
}

/// The program of a stage as a run of its own.
fn stage(
    request: &TrainingRequest,
    facts: &TrainingFacts,
    index: usize,
    name: String,
    program: &StageProgram,
    stage: &StageProfile,
) -> Result<TracedRun, CliError> {
    let run = RunSection {
        mode: Mode::Training,
        batch: request.setup.micro_batch,
        precision: facts.system.precision.clone(),
        available_memory_proportion: request.setup.available_memory_proportion.of(index).convolution,
        host_io: false,
    };
    let input = TraceInput {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: traces::network(&request.network.definition)?,
        machine: serde_json::to_value(&request.machine_values)?,
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
        detail: detail(&program.program, &request.machine, &stage.profile)?,
        profile: stage.profile.clone(),
        plans: Vec::new(),
        chosen_tiles: Vec::new(),
    })
}
