//! From a network to its profile.

use proptest::{prelude::*, sample::select};
use tilesim_graph::Graph;
use tilesim_lower::{BatchNorms, InputLayout, LowerOptions, PlanSource, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Precision, Program};
use tilesim_sim::{GeometrySource, Profile, simulate};
use tilesim_terms::{
    Framework, FunctionCode, FunctionCopies, HostIo, HostTransfers, InferenceNorm, NetworkInput, Placing,
    ScalarDivision, Software, SwishKernel,
};

use crate::{machines::machine, networks::network};

/// A network, lowered and simulated, with everything that led there.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) graph: Graph,
    pub(crate) machine: Machine,
    pub(crate) options: LowerOptions,
    pub(crate) program: Program,
    pub(crate) profile: Profile,
}

impl Run {
    /// Where the machine has too few tiles to reserve some, the host's transfers are serial.
    pub(crate) fn new(graph: Graph, machine: Machine, mut options: LowerOptions) -> Self {
        if options.host.fault(machine.tiles).is_some() {
            options.host = HostIo::Serial.into();
        }
        let program = lower(&graph, &machine, &options, PlanSource::Own)
            .expect("a program")
            .program;
        let profile = simulate(&program, &machine, GeometrySource::Own).expect("a profile");
        Self {
            graph,
            machine,
            options,
            program,
            profile,
        }
    }
}

/// Any run of a small network on a small machine.
pub(crate) fn run() -> impl Strategy<Value = Run> {
    (network(), machine(), options()).prop_map(|(graph, machine, options)| Run::new(graph, machine, options))
}

/// Any options of lowering.
pub(crate) fn options() -> impl Strategy<Value = LowerOptions> {
    let precision = prop_oneof![
        2 => Just((ElementType::F16, ElementType::F16)),
        1 => Just((ElementType::F16, ElementType::F32)),
        1 => Just((ElementType::F32, ElementType::F32)),
    ];
    (
        precision,
        prop_oneof![Just(0.6), Just(0.05)],
        host(),
        prop_oneof![Just(InputLayout::Linear), Just(InputLayout::AsNeeded)],
        prop_oneof![2 => Just(Framework::default()), 1 => framework()],
        prop_oneof![2 => Just(Software::default()), 1 => software()],
    )
        .prop_map(
            |((data, partials), available_memory_proportion, host, inputs, framework, software)| {
                LowerOptions {
                    serial_splits: true,
                    kept_plans: 1,
                    precision: Precision { data, partials },
                    available_memory_proportion,
                    matmul_memory_proportion: None,
                    host,
                    inputs,
                    framework,
                    software,
                    batch_norms: BatchNorms::default(),
                }
            },
        )
}

/// Whatever compiler and library of a release may do.
fn software() -> impl Strategy<Value = Software> {
    let swish = [
        SwishKernel::Composed,
        SwishKernel::FusedInPlace,
        SwishKernel::Fused,
    ];
    let division = [ScalarDivision::Divide, ScalarDivision::Multiply];
    (select(swish.to_vec()), select(division.to_vec())).prop_map(|(swish, gradient_division)| Software {
        swish,
        gradient_division,
        ..Software::default()
    })
}

/// Any part that the host takes.
fn host() -> impl Strategy<Value = HostTransfers> {
    let overlapped = (1_u32..5, 1_u32..4).prop_map(|(io_tiles, prefetch_depth)| HostTransfers {
        io: HostIo::Overlapped,
        io_tiles: Some(io_tiles),
        prefetch_depth: Some(prefetch_depth),
        batches_per_step: (prefetch_depth == 2).then_some(5),
    });
    prop_oneof![Just(HostIo::None.into()), Just(HostIo::Serial.into()), overlapped]
}

/// Whatever a framework may decide about a graph.
fn framework() -> impl Strategy<Value = Framework> {
    let placing = || prop_oneof![Just(Placing::InPlace), Just(Placing::OutOfPlace)];
    let copies = [
        FunctionCopies::Elided,
        FunctionCopies::Interfering,
        FunctionCopies::Kept,
        FunctionCopies::Held,
    ];
    let input = prop_oneof![
        Just(NetworkInput::AsSent),
        Just(NetworkInput::LaidOut),
        Just(NetworkInput::AtRest)
    ];
    let code = select(vec![FunctionCode::Own, FunctionCode::Shared]);
    (select(copies.to_vec()), code, placing(), placing(), input).prop_map(
        |(function_copies, function_code, norm, residual_add, input)| Framework {
            inference_norm: InferenceNorm::Operator,
            function_copies,
            function_code,
            norm,
            residual_add,
            input,
        },
    )
}

/// How the properties are tried: so often, unless `PROPTEST_CASES` says how often.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let stated = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if stated {
            ProptestConfig::default().cases
        } else {
            cases
        },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
