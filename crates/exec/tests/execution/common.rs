//! Executing graphs and comparing every operator with the plain evaluator.

use proptest::prelude::*;
use smallvec::SmallVec;
use tilesim_exec::{Mode, Tensors, evaluate, execute_observed, seeded_inputs, seeded_weights};
use tilesim_graph::{Convolution, Graph};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Precision, Program};
use tilesim_terms::Cancellation;
use tilesim_test_support::machines::mk2;

/// The bundled machine with so many tiles.
pub(crate) fn machine(tiles: u32) -> Machine {
    Machine { tiles, ..mk2() }
}

/// Options of lowering for half data and half partial sums.
pub(crate) fn half() -> LowerOptions {
    LowerOptions::default()
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
    first_difference_above(graph, machine, options, 0.0)
}

/// As [`first_difference`], where tensors smaller than a magnitude are left of numbers that were as large: what is left of a
/// sum of which the parts nearly cancel, or of a ramp where few elements are above its foot, has the roundings of those numbers.
pub(crate) fn first_difference_above(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    magnitude: f64,
) -> Option<String> {
    let program = match lower(graph, machine, options, PlanSource::Own) {
        Ok(lowered) => lowered.program,
        Err(error) => return Some(format!("does not lower: {error}")),
    };
    let (inputs, weights) = (seeded_inputs(graph, 1), seeded_weights(graph, 2));
    compare_above(graph, &program, &inputs, &weights, Mode::Float, 1e-4, magnitude)
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
    compare_above(graph, program, inputs, weights, mode, tolerance, 0.0)
}

fn compare_above(
    graph: &Graph,
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    mode: Mode,
    tolerance: f64,
    magnitude: f64,
) -> Option<String> {
    let expected = evaluate(graph, inputs, weights, &Cancellation::never())
        .expect("the plain evaluator knows all operators");
    let mut difference = None;
    let result = execute_observed(
        program,
        inputs,
        weights,
        mode,
        &Cancellation::never(),
        |name, value| {
            let expected = &expected[name];
            let largest = expected
                .values
                .iter()
                .fold(0.0_f64, |most, value| most.max(f64::from(value.abs())));
            let share = if largest > 0.0 && largest < magnitude {
                largest / magnitude
            } else {
                1.0
            };
            let error = share * value.relative_error(expected);
            if error > tolerance || value.values.len() != expected.values.len() {
                difference = Some(format!("`{name}` differs by {error}"));
            }
            difference.is_none()
        },
    );
    match result {
        Err(error) => Some(error.to_string()),
        Ok(_) => difference,
    }
}

/// One spatial dimension: input, kernel, stride, kernel dilation, lower and upper padding.
type Dimension = (u64, u64, u64, u64, i64, i64);

fn dimension() -> impl Strategy<Value = Dimension> {
    (1..12_u64, 1..5_u64, 1..4_u64, 1..3_u64, -1..3_i64, -1..3_i64)
}

/// A small convolution.
pub(crate) fn convolution() -> impl Strategy<Value = Convolution> {
    let channels = (1..5_u64, 1..20_u64, 1..20_u64);
    (1..4_u64, channels, prop::collection::vec(dimension(), 1..3)).prop_filter_map(
        "the kernel fits",
        |(batch, (groups, inputs, outputs), dimensions)| {
            let sizes =
                |pick: fn(&Dimension) -> u64| -> SmallVec<[u64; 3]> { dimensions.iter().map(pick).collect() };
            let mut convolution = Convolution::new(
                batch,
                groups * inputs,
                groups * outputs,
                &sizes(|dimension| dimension.0),
                &sizes(|dimension| dimension.1),
            )
            .grouped(groups)?;
            convolution.stride = sizes(|dimension| dimension.2);
            convolution.kernel_dilation = sizes(|dimension| dimension.3);
            convolution.padding_lower = dimensions.iter().map(|dimension| dimension.4).collect();
            convolution.padding_upper = dimensions.iter().map(|dimension| dimension.5).collect();
            convolution.validate().ok().map(|()| convolution)
        },
    )
}
