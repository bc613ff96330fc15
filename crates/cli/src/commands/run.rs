//! `tilesim run`.

mod gradients;

use tilesim::{
    OutputFile, OutputFolder, Simulator, Subject,
    execution::{Execution, ExecutionRequest, InputArray, write_array},
};
use tilesim_report::{render, render::Palette};

use crate::{args::ExecuteArgs, console::Console, error::CliError, exit::Outcome};

/// Executes one network; negative where a check fails.
pub(crate) fn run(args: &ExecuteArgs, console: &Console) -> Result<Outcome, CliError> {
    let simulation = Subject::simulation(&args.model, &args.run.inference()?)?;
    if args.gradients {
        return gradients::run(args, &simulation, console);
    }
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let array = |path: &Option<std::path::PathBuf>| path.as_deref().map(InputArray::read).transpose();
    let executed = simulation.execute(
        &ExecutionRequest {
            input: array(&args.input)?,
            reference: array(&args.reference)?,
            weights: args.weights.clone(),
            check: args.check,
            tolerance: args.tolerance,
            seed: args.seed,
        },
        &Simulator::forgetful(),
    )?;
    for remark in &executed.remarks {
        console.remark(remark);
    }
    if let (Some(path), Some(output)) = (&args.output, &executed.output) {
        write_array(path, output)?;
    }
    if let Some(folder) = folder {
        folder.write(&[OutputFile::json("run.json", &executed.answer)?])?;
    }
    console.answer(&executed.answer, table)?;
    Ok(Outcome::unless(executed.answer.complaints()))
}

fn table(answer: &Execution, palette: &Palette) -> String {
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
