//! Executing graphs and comparing every operator with the plain evaluator.

use tilesim_exec::{Mode, Tensors, evaluate, execute_observed, seeded_inputs, seeded_weights};
use tilesim_graph::Graph;
use tilesim_lower::{LowerOptions, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Precision, Program};

/// The bundled machine with so many tiles.
pub(crate) fn machine(tiles: u32) -> Machine {
    let mut machine = tilesim_machine::load("mk2").expect("a bundled machine").machine;
    machine.tiles = tiles;
    machine
}

/// Options of lowering for half data and half partial sums.
pub(crate) fn half() -> LowerOptions {
    LowerOptions {
        // Slices are not executed yet.
        serial_splits: false,
        ..LowerOptions::default()
    }
}

/// Options of lowering for floats.
pub(crate) fn float() -> LowerOptions {
    LowerOptions {
        precision: Precision {
            data: ElementType::F32,
            partials: ElementType::F32,
        },
        ..half()
    }
}

/// Executes a graph on floats with made-up parameters; what differs from the plain evaluator by more than the tolerance, if
/// anything does.
pub(crate) fn first_difference(graph: &Graph, machine: &Machine, options: &LowerOptions) -> Option<String> {
    let program = match lower(graph, machine, options) {
        Ok(program) => program,
        Err(error) => return Some(format!("does not lower: {error}")),
    };
    compare(
        graph,
        &program,
        &seeded_inputs(graph, 1),
        &seeded_weights(graph, 2),
        Mode::Float,
        1e-4,
    )
}

/// As [`first_difference`], for a program.
pub(crate) fn compare(
    graph: &Graph,
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    mode: Mode,
    tolerance: f64,
) -> Option<String> {
    let expected = evaluate(graph, inputs, weights).expect("the plain evaluator knows all operators");
    let mut difference = None;
    let result = execute_observed(program, inputs, weights, mode, |name, value| {
        let error = value.relative_error(&expected[name]);
        if error > tolerance || value.values.len() != expected[name].values.len() {
            difference = Some(format!("`{name}` differs by {error}"));
        }
        difference.is_none()
    });
    match result {
        Err(error) => Some(error.to_string()),
        Ok(_) => difference,
    }
}
