//! `tilesim run`.

use serde::Serialize;
use tilesim_exec::{
    Comparison, Mode, Tensor, Tensors, evaluate, execute, execute_observed, fold_batch_norm, largest_of,
    seeded_inputs,
};
use tilesim_graph::Graph;
use tilesim_program::Program;
use tilesim_report::{RunResult, render, render::Palette};

use crate::{
    args::{ExecuteArgs, Precision},
    arrays,
    commands::gradients,
    console::Console,
    error::CliError,
    exit::Outcome,
    networks,
    output::OutputFolder,
    pipeline,
    run_request::{RunRequest, Subject, subject},
};

/// Classes that are listed.
const LISTED: usize = 5;

/// What the command answers.
#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    /// The largest elements of each sample of the result.
    top: Vec<Vec<Class>>,
    /// How far the result is from the reference.
    error: Option<Error>,
    /// The first operator that differs from the plain evaluation.
    check: Option<Check>,
    /// What the same program costs.
    result: RunResult,
}

/// An element of the result.
#[derive(Debug, Serialize)]
struct Class {
    class: usize,
    value: f32,
}

/// Differences from a reference.
#[derive(Debug, Serialize)]
struct Error {
    max: f64,
    relative: f64,
    mean: f64,
    cosine: f64,
    top1: f64,
    top5: f64,
}

/// What comparing every operator has found.
#[derive(Debug, Serialize)]
struct Check {
    tolerance: f64,
    operators: usize,
    first_difference: Option<Difference>,
}

/// An operator that differs.
#[derive(Debug, Serialize)]
struct Difference {
    operator: String,
    relative: f64,
}

/// Executes one network; negative where a check fails.
pub(crate) fn run(args: &ExecuteArgs, console: &Console) -> Result<Outcome, CliError> {
    let request = match subject(&args.model, &args.run)? {
        Subject::Run(request) => request,
        Subject::Result(_) => {
            return Err(CliError::argument(
                &args.model,
                "this is a result already",
                "NAME, SPEC.json or NET.onnx",
            ));
        }
    };
    if args.gradients {
        return gradients::run(args, *request, console);
    }
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let original = networks::graph(&request.network, request.batch)?;
    let graph = tilesim_graph::fold_batch_norm(&original);
    let weights = if let Some(path) = &args.weights {
        networks::weights_of_file(path, &graph, true, request.batch, console)?
    } else {
        let given = networks::weights(&request.network, &original, request.batch, args.seed)?;
        fold_batch_norm(&original, &graph, &given)
    };
    let inputs = inputs(&graph, args)?;
    let program = pipeline::program(&graph, &request)?;
    let (check, outputs) = if args.check {
        let (check, outputs) = checked(&graph, &program, &inputs, &weights, args, &request)?;
        (Some(check), outputs)
    } else {
        (None, execute(&program, &inputs, &weights, Mode::Machine)?)
    };
    let output = graph
        .outputs
        .first()
        .and_then(|id| outputs.get(&graph.tensor(*id).name));
    if let (Some(path), Some(output)) = (&args.output, output) {
        arrays::write(path, output)?;
    }
    let answer = Answer {
        schema: "tilesim-run/1",
        top: output.map(top).unwrap_or_default(),
        error: output.map(|output| error(output, args)).transpose()?.flatten(),
        check,
        result: pipeline::result_of(&program, &request)?,
    };
    if let Some(folder) = folder {
        folder.write(&[("run.json".to_owned(), serde_json::to_vec_pretty(&answer)?)])?;
    }
    console.answer(&answer, table)?;
    let differs = answer.check.and_then(|check| check.first_difference);
    Ok(Outcome::unless(
        differs
            .map(|difference| format!("`{}` differs from its plain evaluation", difference.operator))
            .into_iter()
            .collect(),
    ))
}

/// The given input, or one made up.
fn inputs(graph: &Graph, args: &ExecuteArgs) -> Result<Tensors, CliError> {
    let mut inputs = seeded_inputs(graph, args.seed);
    let Some(path) = &args.input else {
        return Ok(inputs);
    };
    let &[input] = graph.inputs.as_slice() else {
        return Err(CliError::argument(
            &args.model,
            format!("the network has {} inputs", graph.inputs.len()),
            "a network of one input",
        ));
    };
    let (given, wanted) = (arrays::read(path)?, graph.tensor(input));
    if given.shape != wanted.shape {
        return Err(CliError::Array {
            path: path.clone(),
            reason: format!("the array is {:?}", given.shape),
            expected: format!("{:?}, the input of {}", wanted.shape, args.model),
        });
    }
    inputs.insert(wanted.name.clone(), given);
    Ok(inputs)
}

/// Executes and compares every operator; the results as far as they were computed.
fn checked(
    graph: &Graph,
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    args: &ExecuteArgs,
    request: &RunRequest,
) -> Result<(Check, Tensors), CliError> {
    let tolerance = args.tolerance.unwrap_or(match request.precision {
        Precision::F32F32 => 1e-4,
        // Errors of halves, 2⁻¹¹ each, add up along the network.
        Precision::F16F16 | Precision::F16F32 => 0.1,
    });
    let expected = evaluate(graph, inputs, weights)?;
    let mut check = Check {
        tolerance,
        operators: 0,
        first_difference: None,
    };
    let outputs = execute_observed(program, inputs, weights, Mode::Machine, |name, value| {
        let relative = expected
            .get(name)
            .map_or(f64::INFINITY, |expected| value.relative_error(expected));
        check.operators += 1;
        if relative > tolerance && check.first_difference.is_none() {
            check.first_difference = Some(Difference {
                operator: name.to_owned(),
                relative,
            });
        }
        true
    })?;
    Ok((check, outputs))
}

/// The largest elements of each sample.
fn top(output: &Tensor) -> Vec<Vec<Class>> {
    let samples = output.shape.first().copied().unwrap_or(1).max(1) as usize;
    let length = (output.values.len() / samples).max(1);
    let listed = |row: &[f32]| {
        let classes = largest_of(row, LISTED).into_iter();
        classes
            .map(|class| Class {
                class,
                value: row[class],
            })
            .collect()
    };
    output.values.chunks(length).map(listed).collect()
}

/// Compares the result with the reference, if there is one.
fn error(output: &Tensor, args: &ExecuteArgs) -> Result<Option<Error>, CliError> {
    let Some(path) = &args.reference else {
        return Ok(None);
    };
    let reference = arrays::read(path)?;
    let comparison = Comparison::of(output, &reference).ok_or_else(|| CliError::Array {
        path: path.clone(),
        reason: format!("the array is {:?}", reference.shape),
        expected: format!("{:?}, as the result is", output.shape),
    })?;
    Ok(Some(Error {
        max: comparison.largest,
        relative: comparison.relative,
        mean: comparison.mean,
        cosine: comparison.cosine,
        top1: comparison.top1,
        top5: comparison.top5,
    }))
}

fn table(answer: &Answer, palette: &Palette) -> String {
    let samples = answer.top.iter().enumerate().map(|(sample, classes)| {
        let listed: Vec<String> = classes
            .iter()
            .map(|class| format!("{} ({:.4})", class.class, class.value))
            .collect();
        format!("sample {sample}: classes {}", listed.join(", "))
    });
    let error = answer.error.as_ref().map(|error| {
        format!(
            "against the reference: largest difference {:.3e} ({:.3e} of the largest), mean {:.3e}, cosine {:.8}, top-1 {:.0} %, \
             top-5 {:.0} %",
            error.max,
            error.relative,
            error.mean,
            error.cosine,
            100.0 * error.top1,
            100.0 * error.top5,
        )
    });
    let check = answer.check.as_ref().map(|check| match &check.first_difference {
        None => format!(
            "all {} operators agree with their plain evaluation within {:.1e}",
            check.operators, check.tolerance
        ),
        Some(difference) => format!(
            "`{}` is the first operator that differs: by {:.3e} of its largest magnitude",
            difference.operator, difference.relative
        ),
    });
    let lines: Vec<String> = samples.chain(error).chain(check).collect();
    lines.join("\n") + "\n\n" + &render::run(&answer.result, palette)
}
