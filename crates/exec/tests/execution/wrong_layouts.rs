//! Programs that are wrong are found where they are wrong.

use std::sync::Arc;

use tilesim_codelets::Count;
use tilesim_exec::{ExecError, Mode, execute, seeded_inputs, seeded_weights};
use tilesim_geometry::{Cover, Operand};
use tilesim_graph::{Convolution, ElementType, Graph, GraphBuilder, LayerKind};
use tilesim_lower::{PlanSource, lower};
use tilesim_planner::{PlanRequest, cost, unsplit};
use tilesim_program::{Action, Movement, Program, Work};
use tilesim_terms::Cancellation;

use crate::common::{half, machine};

/// A network of one convolution.
fn one_layer(convolution: Convolution) -> Graph {
    let mut builder = GraphBuilder::new("network", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let x = builder
        .input("x", convolution.input_shape(), ElementType::F16)
        .expect("an input");
    let weights = builder
        .parameter("weights", convolution.weight_shape())
        .expect("weights");
    let y = builder
        .convolution("conv", convolution, x, weights, None)
        .expect("a convolution");
    builder.finish(vec![y]).expect("a graph")
}

/// Shortens what every window of a need reaches by leaving kernel positions out.
fn without_halo(operand: &mut Arc<Operand>) {
    for cover in &mut Arc::make_mut(operand).covers {
        if let Cover::Window(window) = cover {
            window.kernel_dilation = 0;
        }
    }
}

#[test]
fn a_halo_that_is_left_out_is_a_missing_element() {
    let convolution = Convolution::new(1, 8, 8, &[12, 12], &[3, 3]).same_padded();
    let graph = one_layer(convolution);
    let mut program = lower(&graph, &machine(36), &half(), PlanSource::Own)
        .expect("a program")
        .program;
    let (inputs, parameters) = (seeded_inputs(&graph, 1), seeded_weights(&graph, 2));
    execute(
        &program,
        &inputs,
        &parameters,
        Mode::Machine,
        &Cancellation::never(),
    )
    .expect("the program as it is lowered");

    let mut inputs_of_kernels = Vec::new();
    for step in &mut program.steps {
        if let Action::Exchange(movements) = &mut step.action {
            for movement in movements {
                if let Movement::Transfer(transfer) = movement {
                    without_halo(&mut transfer.to.operand);
                }
            }
        }
        if let Action::Compute(work) = &step.action
            && matches!(**work, Work::Convolution(_))
        {
            inputs_of_kernels.push((
                step.name.clone(),
                program.variables[step.reads[0].0 as usize].name.clone(),
            ));
        }
    }
    let error = execute(
        &program,
        &inputs,
        &parameters,
        Mode::Machine,
        &Cancellation::never(),
    )
    .expect_err("a halo is missing");
    let ExecError::MissingElement { step, tensor, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        inputs_of_kernels.contains(&(step.clone(), tensor.clone())),
        "{error}"
    );
}

/// A convolution whose plan takes slices of weights that several tiles share out.
fn sliced() -> (Graph, Program) {
    let convolution = Convolution::new(1, 8, 64, &[8, 8], &[3, 3]).same_padded();
    let graph = one_layer(convolution);
    let machine = machine(36);
    let choose = |request: &PlanRequest| {
        let plans = unsplit(&machine, &request.convolution, &request.options).ok()?;
        plans
            .into_iter()
            .map(|unsplit| unsplit.plan)
            .find_map(|mut plan| {
                plan.partition.out_channel_serial = 2;
                plan.partition.field[1] = 4;
                let transforms = &plan.transforms;
                let plain = !transforms.swap_operands
                    && transforms.expand_dims.is_empty()
                    && transforms.out_channel_flatten_dims.is_empty();
                let legal = cost(
                    &machine,
                    &request.convolution,
                    &request.options,
                    &plan,
                    Count::Machine,
                );
                (plain && legal.is_ok()).then_some(plan)
            })
    };
    let program = lower(&graph, &machine, &half(), PlanSource::Given(&choose))
        .expect("a program")
        .program;
    (graph, program)
}

#[test]
fn a_slice_that_lies_elsewhere_is_a_missing_element() {
    let (graph, mut program) = sliced();
    let (inputs, parameters) = (seeded_inputs(&graph, 1), seeded_weights(&graph, 2));
    execute(
        &program,
        &inputs,
        &parameters,
        Mode::Machine,
        &Cancellation::never(),
    )
    .expect("the program as it is lowered");
    let mut changed = 0;
    for variable in &mut program.variables {
        // Shared out as one tensor, not slice by slice.
        if variable.placement.grid.slice.is_some() && variable.name == "weights" {
            Arc::make_mut(&mut variable.placement.grid).slice = None;
            changed += 1;
        }
    }
    assert_eq!(changed, 1);
    let error = execute(
        &program,
        &inputs,
        &parameters,
        Mode::Machine,
        &Cancellation::never(),
    )
    .expect_err("a slice lies elsewhere");
    let ExecError::MissingElement { step, tensor, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (step.as_str(), tensor.as_str()),
        ("conv/weights take slice", "weights")
    );
}
