//! The way from a network and a system to what a weight update takes.

mod balance;
mod request;
mod search;
mod traced;

pub(crate) use balance::propose;
pub(crate) use request::{ONE_CHIP, TrainingRequest, choose, of_configuration, of_system, training_request};
pub(crate) use search::search_micro_batches;
pub(crate) use traced::traced;

use tilesim_graph::{Graph, autodiff::stage_of_layers};
use tilesim_lower::{PlanSource, system::lower_system};
use tilesim_program::system::SystemProgram;
use tilesim_report::MachineFacts;
use tilesim_report::training::{SystemSection, TrainingFacts, TrainingResult, summarise_training};
use tilesim_sim::{
    GeometrySource,
    system::{SystemProfile, simulate_system},
};

use crate::{
    args::Precision,
    error::CliError,
    networks,
    pipeline::{MachineUse, Shared, machine_facts},
    systems,
};

/// Trains a network, as far as one weight update goes.
pub(crate) fn run(request: &TrainingRequest) -> Result<TrainingResult, CliError> {
    Ok(summarise_training(&profile(request)?, &facts(request)?)?)
}

/// As [`run`], with what other runs have worked out.
pub(crate) fn run_sharing(request: &TrainingRequest, shared: &Shared) -> Result<TrainingResult, CliError> {
    let (machine, plans) = (&request.machine, &shared.plans);
    let program = lower_system(
        &network(request)?,
        &request.setup,
        machine,
        PlanSource::Shared(plans),
    )?;
    let profile = simulate_system(
        &program,
        machine,
        &request.interconnect,
        GeometrySource::Shared(&shared.geometry),
    )?;
    Ok(summarise_training(&profile, &facts(request)?)?)
}

/// Builds, cuts, lowers and simulates.
pub(crate) fn profile(request: &TrainingRequest) -> Result<SystemProfile, CliError> {
    Ok(simulate_system(
        &program(request)?,
        &request.machine,
        &request.interconnect,
        GeometrySource::Own,
    )?)
}

/// The programs of all stages.
pub(crate) fn program(request: &TrainingRequest) -> Result<SystemProgram, CliError> {
    Ok(lower_system(
        &network(request)?,
        &request.setup,
        &request.machine,
        PlanSource::Own,
    )?)
}

/// The network of one micro-batch.
fn network(request: &TrainingRequest) -> Result<Graph, CliError> {
    networks::graph(&request.network, request.setup.micro_batch)
}

/// Figures of the machine of which all chips are.
pub(crate) fn machine(request: &TrainingRequest) -> Result<MachineFacts, CliError> {
    machine_facts(&MachineUse {
        machine: &request.machine,
        overrides: &request.machine_overrides,
        precision: if request.setup.half_partials {
            Precision::F16F16
        } else {
            Precision::F16F32
        },
    })
}

fn facts(request: &TrainingRequest) -> Result<TrainingFacts, CliError> {
    let setup = &request.setup;
    Ok(TrainingFacts {
        model: networks::section(&request.network),
        machine: machine(request)?,
        system: SystemSection {
            name: request.system.clone(),
            overrides: request.system_overrides.clone(),
            chips: u64::from(setup.stages) * u64::from(setup.replicas),
            stages: u64::from(setup.stages),
            replicas: u64::from(setup.replicas),
            splits: setup.splits.clone(),
            schedule: systems::schedule(setup.schedule).to_owned(),
            micro_batch: setup.micro_batch,
            gradient_accumulation: setup.gradient_accumulation,
            global_batch: setup.global_batch(),
            recomputation: systems::recomputation(setup.recomputation).to_owned(),
            precision: setup.precision.name().to_owned(),
        },
        theoretical: networks::theoretical(&request.network)?,
        blocks: blocks(request)?,
    })
}

/// First and last block of every stage.
fn blocks(request: &TrainingRequest) -> Result<Vec<[String; 2]>, CliError> {
    let network = network(request)?;
    let stages = stage_of_layers(&network, &request.setup.splits)
        .map_err(tilesim_lower::system::SystemError::Stage)?;
    Ok((0..request.setup.stages as usize)
        .map(|stage| {
            let mut of_stage = network
                .layers
                .iter()
                .zip(&stages)
                .filter(|(_, of)| **of == stage)
                .map(|(layer, _)| layer.block.clone());
            let first = of_stage.next().unwrap_or_default();
            let last = of_stage.next_back().unwrap_or_else(|| first.clone());
            [first, last]
        })
        .collect())
}
