//! A case: a machine, a network and the program that the network is lowered to.

use tilesim_graph::{Graph, TrainingOptions, autodiff::Optimiser, fold_batch_norm, training_graph};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_terms::{
    ElementType, Framework, FunctionCopies, HostIo, HostTransfers, NetworkInput, Placing, Software,
    SwishKernel,
};
use tilesim_test_support::machines::mk2;

use crate::excerpt::excerpt;
use crate::network::Network;

/// Stands between the input and what comes of it.
const SEPARATOR: &str = "---";

/// What a file says above its program.
pub(crate) struct Case<'a> {
    input: &'a str,
    machine: Machine,
    fold: bool,
    train: bool,
    host: HostTransfers,
    framework: Framework,
    software: Software,
    show: Vec<&'a str>,
    network: Network,
}

impl<'a> Case<'a> {
    /// The case of a file; panics with the line that it does not understand.
    pub(crate) fn parse(name: &str, text: &'a str) -> Self {
        let end = text
            .find(&format!("\n{SEPARATOR}\n"))
            .unwrap_or_else(|| panic!("{name}: no line `{SEPARATOR}`"));
        let mut case = Self {
            input: &text[..end],
            machine: Machine { tiles: 4, ..mk2() },
            fold: false,
            train: false,
            host: HostTransfers::default(),
            framework: Framework::LIBRARY,
            software: Software::default(),
            show: Vec::new(),
            network: Network::new(name),
        };
        for line in case.input.lines().map(str::trim) {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [] | ["#", ..] => {}
                ["tiles", tiles] => case.machine.tiles = tiles.parse().expect("a number of tiles"),
                ["memory", bytes] => {
                    case.machine.tile_memory_bytes = bytes.parse().expect("a number of bytes");
                }
                ["fold"] => case.fold = true,
                ["train"] => case.train = true,
                ["overlapped", io_tiles] => {
                    case.host = HostTransfers {
                        io_tiles: io_tiles.parse().ok(),
                        ..HostIo::Overlapped.into()
                    };
                }
                ["function_copies", "held"] => case.framework.function_copies = FunctionCopies::Held,
                ["norm", "out_of_place"] => case.framework.norm = Placing::OutOfPlace,
                ["residual_add", "out_of_place"] => case.framework.residual_add = Placing::OutOfPlace,
                ["swish", "composed"] => case.software.swish = SwishKernel::Composed,
                ["swish", "fused_in_place"] => case.software.swish = SwishKernel::FusedInPlace,
                ["input", "laid_out"] => case.framework.input = NetworkInput::LaidOut,
                ["show", ref layers @ ..] => case.show = layers.to_vec(),
                [output, "=", operator, ref operands @ ..] => case.network.add(output, operator, operands),
                _ => panic!("{name}: `{line}` is neither a setting nor an operator"),
            }
        }
        case
    }

    /// The file as it should be: the input as it stands, and the program that comes of it today.
    pub(crate) fn written(self) -> String {
        let Self {
            input,
            machine,
            fold,
            train,
            host,
            framework,
            software,
            show,
            network,
        } = self;
        let mut graph = network.finish();
        if fold {
            graph = fold_batch_norm(&graph);
        }
        if train {
            graph = training_step(&graph);
        }
        let options = LowerOptions {
            host,
            framework,
            software,
            ..LowerOptions::default()
        };
        let lowered = lower(&graph, &machine, &options, PlanSource::Own).expect("a program");
        let program = lowered.program.to_string();
        let program = if show.is_empty() {
            program
        } else {
            excerpt(&program, &show)
        };
        format!("{input}\n{SEPARATOR}\n{program}")
    }
}

/// The shortest step there is: one slot for each parameter, in half precision.
fn training_step(network: &Graph) -> Graph {
    let options = TrainingOptions {
        label_smoothing: 0.0,
        loss_scale: 1.0,
        optimiser: Optimiser::Momentum { momentum: 0.9 },
        weight_decay: 0.0,
        master_type: ElementType::F16,
        dropout: 0.0,
        stochastic_depth: 0.0,
        ..TrainingOptions::default()
    };
    training_graph(network, &options).expect("a training step").graph
}
