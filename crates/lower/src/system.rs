//! From a network to what the chips of a system run: the training graph is cut into stages, each is lowered to its chip, and what
//! passes between them is counted.

mod balance;
mod bytes;

pub use balance::{Stretch, balance};

use rayon::prelude::*;
use tilesim_graph::{
    Graph, GraphError, LayerwiseAdaptiveRate, TrainingGraph, TrainingOptions,
    autodiff::{Optimiser, StageError, TrainingStage, segmented_stage, training_stages},
    join_proxies, training_graph,
};
use tilesim_machine::{
    ElementType, Machine,
    system::{BatchNormStatistics, OptimiserName, Recomputation, Schedule, TrainingPrecision, TrainingSetup},
};
use tilesim_program::{
    Precision, Source,
    system::{Slot, StageProgram, SystemProgram, grouped, interleaved, sequential},
};

use tilesim_terms::{Cancellation, HostIo, HostTransfers, Toolchain};

use crate::{BatchNorms, LowerError, LowerOptions, PlanSource, lower_with_host};

/// A network that a system cannot train.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// It has no training graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// It cannot be cut as asked.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A stage cannot be lowered.
    #[error("stage {stage}: {source}")]
    Lower {
        /// Index of the stage.
        stage: usize,
        /// Why not.
        source: LowerError,
    },
}

/// Lowers one weight update of a network to the chips of a system, until `cancellation` is asked for. `network` is built for one
/// micro-batch, its norms not folded; kernels are those that `machine` has.
///
/// # Errors
/// When the network has no training graph, cannot be cut at the splits, or an operator has no lowering.
pub fn lower_system(
    network: &Graph,
    setup: &TrainingSetup,
    toolchain: Toolchain,
    machine: &Machine,
    source: PlanSource<'_>,
    cancellation: &Cancellation,
) -> Result<SystemProgram, SystemError> {
    let training = training_graph(network, &training_options(setup))?;
    let mut stages = stages(network, &training, setup)?;
    for stage in &mut stages {
        join_proxies(&mut stage.graph);
    }
    let recomputes: Vec<bool> = stages.iter().map(|stage| stage.stored_input.is_some()).collect();
    let stages = stages
        .par_iter()
        .enumerate()
        .map(|(index, stage)| {
            stage_program(stage, index, setup, toolchain, machine, source, cancellation)
                .map_err(|source| SystemError::Lower { stage: index, source })
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    Ok(SystemProgram {
        name: network.name.clone(),
        slots: slots(setup, &recomputes),
        stages,
        replicas: setup.replicas,
        micro_batch: setup.micro_batch,
        micro_batches: setup.gradient_accumulation,
    })
}

/// The network, cut into what chips of a pipeline train, or into the segments that one chip recomputes.
fn stages(
    network: &Graph,
    training: &TrainingGraph,
    setup: &TrainingSetup,
) -> Result<Vec<TrainingStage>, StageError> {
    let recomputes = |stage: usize| match setup.recomputation {
        Recomputation::All => true,
        Recomputation::AllButLast => stage < setup.splits.len(),
        Recomputation::None => false,
    };
    if setup.recomputation_segments.is_empty() {
        return training_stages(network, training, &setup.splits, recomputes);
    }
    let last = setup.recomputation == Recomputation::All;
    Ok(vec![segmented_stage(
        network,
        training,
        &setup.recomputation_segments,
        last,
    )?])
}

/// What the stages do at a time.
fn slots(setup: &TrainingSetup, recomputes: &[bool]) -> Vec<Slot> {
    let again = |stage: usize| recomputes[stage];
    let (stages, micro_batches) = (recomputes.len(), setup.gradient_accumulation);
    match setup.schedule {
        Schedule::Grouped => grouped(stages, micro_batches, again),
        Schedule::Interleaved => interleaved(stages, micro_batches, again),
        Schedule::Sequential => sequential(stages, micro_batches, again),
    }
}

/// How the network is trained, as far as that is no matter of the system.
fn training_options(setup: &TrainingSetup) -> TrainingOptions {
    let defaults = TrainingOptions::default();
    TrainingOptions {
        label_smoothing: setup.label_smoothing,
        dropout: setup.dropout,
        stochastic_depth: setup.stochastic_depth,
        augmentation: setup.augmentation,
        image_type: setup.image_type,
        accumulation: setup.gradient_accumulation,
        master_type: match setup.precision {
            TrainingPrecision::Half => ElementType::F16,
            TrainingPrecision::FloatMaster => ElementType::F32,
        },
        optimiser: match setup.optimiser {
            OptimiserName::RmsProp => defaults.optimiser,
            OptimiserName::Descent => Optimiser::Descent,
            OptimiserName::Momentum => Optimiser::Momentum { momentum: 0.9 },
            // The set-up of the vendor's later EfficientNet-B4: momentum 0.885.
            OptimiserName::Lars => Optimiser::LayerwiseAdaptiveRate(LayerwiseAdaptiveRate {
                momentum: 0.885,
                coefficient: 1e-3,
                weight_decay: defaults.weight_decay,
                epsilon: 1e-9,
            }),
        },
        ..defaults
    }
}

fn stage_program(
    stage: &TrainingStage,
    index: usize,
    setup: &TrainingSetup,
    toolchain: Toolchain,
    machine: &Machine,
    source: PlanSource<'_>,
    cancellation: &Cancellation,
) -> Result<StageProgram, LowerError> {
    let share = setup.available_memory_proportion.of(index);
    let options = LowerOptions {
        precision: Precision {
            data: ElementType::F16,
            partials: if setup.half_partials {
                ElementType::F16
            } else {
                ElementType::F32
            },
        },
        available_memory_proportion: share.convolution,
        matmul_memory_proportion: Some(share.matmul),
        // What passes serially is timed with the slots.
        host: match setup.host.io {
            HostIo::Overlapped => setup.host,
            HostIo::None | HostIo::Serial => HostTransfers::default(),
        },
        framework: toolchain.framework,
        software: toolchain.software,
        batch_norms: BatchNorms {
            replicas: setup.batch_norm_replicas,
            one_pass: setup.batch_norm_statistics == BatchNormStatistics::OnePass,
        },
        ..LowerOptions::default()
    };
    let host = bytes::from_host(stage, index == 0, setup.image_type);
    let mut program = lower_with_host(&stage.graph, machine, &options, source, &host, cancellation)?.program;
    if setup.offload_optimiser_state {
        let offloaded = bytes::slots(stage);
        for variable in &mut program.variables {
            if let Some(Source::Tensor(name)) = &variable.source
                && offloaded.contains(&name.as_str())
            {
                // It is on the chip during the update only.
                variable.always_live = false;
            }
        }
    }
    Ok(StageProgram {
        program,
        host_bytes: bytes::host(stage, index == 0, setup.image_type),
        host_buffers: match setup.host.io {
            HostIo::Overlapped => setup.host.buffers(),
            HostIo::None | HostIo::Serial => 0,
        },
        output_bytes: bytes::of(stage, stage.output),
        input_gradient_bytes: bytes::of(stage, stage.input_gradient),
        kept_bytes: bytes::kept(stage, index == 0, setup.image_type),
        reduced_bytes: bytes::reduced(stage),
        streamed_bytes: if setup.offload_optimiser_state {
            bytes::streamed(stage)
        } else {
            0
        },
    })
}
