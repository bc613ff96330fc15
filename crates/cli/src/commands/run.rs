//! `tilesim run`.

mod gradients;

use tilesim::{
    InputShape, OutputFile, OutputFolder, Simulator, Subject,
    execution::{Execution, ExecutionRequest, GivenArrays, write_array},
};
use tilesim_report::{render, render::Palette};

use crate::{args::ExecuteArgs, console::Console, error::CliError, exit::Outcome};

/// Executes one network; negative where a check fails.
pub(crate) fn run(args: &ExecuteArgs, console: &Console) -> Result<Outcome, CliError> {
    let (shapes, inputs) = inputs(args)?;
    let simulation = Subject::simulation(&args.model, &args.run.inference(&shapes)?)?;
    if args.gradients {
        return gradients::run(args, &simulation, console);
    }
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let references = args.reference.iter().map(|text| GivenArrays::read(text));
    let executed = simulation.execute(
        &ExecutionRequest {
            inputs,
            references: references.collect::<Result<_, _>>()?,
            weights: args.weights.clone(),
            check: args.check,
            tolerance: args.tolerance,
            seed: args.seed,
            memory_limit: args.memory_limit,
        },
        &Simulator::forgetful(),
    )?;
    for remark in &executed.remarks {
        console.remark(remark);
    }
    if let (Some(path), Some((_, output))) = (&args.output, executed.outputs.first()) {
        write_array(path, output)?;
    }
    if let Some(folder) = folder {
        folder.write(&[OutputFile::json("run.json", &executed.answer)?])?;
    }
    console.answer(&executed.answer, table)?;
    Ok(Outcome::unless(executed.answer.complaints()))
}

/// What `--input` says: shapes, and arrays.
fn inputs(args: &ExecuteArgs) -> Result<(Vec<InputShape>, Vec<GivenArrays>), CliError> {
    let (mut shapes, mut arrays) = (Vec::new(), Vec::new());
    for text in &args.input {
        match text.parse() {
            Ok(shape) => shapes.push(shape),
            Err(_) => arrays.push(GivenArrays::read(text)?),
        }
    }
    Ok((shapes, arrays))
}

fn table(answer: &Execution, palette: &Palette) -> String {
    let samples = answer.top.iter().enumerate().map(|(sample, classes)| {
        let listed: Vec<String> = classes
            .iter()
            .map(|class| format!("{} ({:.4})", class.class, class.value))
            .collect();
        format!("sample {sample}: classes {}", listed.join(", "))
    });
    let outputs = answer
        .outputs
        .iter()
        .filter(|_| answer.top.is_empty())
        .map(|output| format!("output `{}`: {:?}", output.name, output.shape));
    let errors = answer.errors.iter().map(|error| {
        let classes = error.top1.zip(error.top5).map(|(top1, top5)| {
            format!(", top-1 {:.0} %, top-5 {:.0} %", 100.0 * top1, 100.0 * top5)
        });
        format!(
            "`{}` against its reference: largest difference {:.3e} ({:.3e} of the largest, {} {:.1e}), mean {:.3e}, cosine \
             {:.8}{}",
            error.output,
            error.max,
            error.relative,
            if error.agrees { "within" } else { "more than" },
            error.tolerance,
            error.mean,
            error.cosine,
            classes.unwrap_or_default(),
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
    let lines: Vec<String> = samples.chain(outputs).chain(errors).chain(check).collect();
    lines.join("\n") + "\n\n" + &render::run(&answer.result, palette)
}
