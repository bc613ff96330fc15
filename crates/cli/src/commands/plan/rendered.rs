//! The explanation for people.

use tilesim::plan::{Ceiling, ExplainedConvolution, ExplainedPasses, ExplainedPlan, PlanExplanation, Units};
use tilesim_report::render::{
    Cell, Column, Palette, Role, Table,
    units::{bytes, grouped, percent, significant},
    wrapped,
};

/// The whole answer.
pub(super) fn rendered(explanation: &PlanExplanation, palette: &Palette) -> String {
    let title = format!(
        "{} on {}, batch {}, {}, {} pass: the fewest {} within {} a tile",
        explanation.model.name,
        explanation.machine,
        explanation.batch,
        explanation.precision,
        explanation.pass,
        explanation.objective,
        bytes(explanation.allowed_bytes),
    );
    let mut text = titled(&title, palette);
    for convolution in &explanation.convolutions {
        text.push('\n');
        text += &of_convolution(convolution, explanation, palette);
    }
    text
}

fn of_convolution(
    convolution: &ExplainedConvolution,
    explanation: &PlanExplanation,
    palette: &Palette,
) -> String {
    let plan = &convolution.plan;
    let mut text = titled(&convolution.layers.join(", "), palette);
    text += &line(
        "shape",
        &format!("{}; {} products", convolution.shape, grouped(convolution.macs)),
        palette,
    );
    text += &line("plan", &plan.words, palette);
    text += &line(
        "cost",
        &format!(
            "{} cycles, {} of temporary memory, {} of {} tiles",
            grouped(plan.cycles),
            bytes(plan.temporary_bytes),
            grouped(plan.tiles),
            grouped(u64::from(explanation.tiles)),
        ),
        palette,
    );
    if let Some(passes) = &convolution.passes {
        text += &line("passes", &passes_in_words(passes), palette);
    }
    if let Some(least) = convolution.least_bytes {
        let over = least.saturating_sub(explanation.allowed_bytes);
        text += &line(
            "no fit",
            &format!(
                "every plan exceeds the temporary memory allowed: the smallest needs {} a tile, {} too much; the plan shown was \
                 found by relaxing the bound",
                bytes(least),
                bytes(over)
            ),
            palette,
        );
    }
    text += &line("products", &products(&plan.units), palette);
    for (index, reason) in convolution.reasons.iter().enumerate() {
        text += &line(if index == 0 { "time" } else { "" }, reason, palette);
    }
    if let Some(runner_up) = &convolution.runner_up {
        let more = runner_up.cycles as f64 / plan.cycles.max(1) as f64 - 1.0;
        text += &line(
            "runner-up",
            &format!("{}: {} more cycles", runner_up.words, percent(more)),
            palette,
        );
    }
    text += &kernels(convolution, palette);
    text
}

/// Whether the passes of a fully connected layer are planned as one, and what either way costs.
fn passes_in_words(passes: &ExplainedPasses) -> String {
    let sum = |cycles: &[u64; 3]| {
        let [forward, input, weights] = cycles.map(grouped);
        format!(
            "{} cycles ({forward} forward, {input} and {weights} for the gradients of inputs and weights)",
            grouped(cycles.iter().sum())
        )
    };
    let separate = sum(&passes.separate_cycles);
    match &passes.joint_cycles {
        Some(joint) if passes.joint => format!(
            "planned as one, so that every weight stays on one tile: {}; each alone {separate}",
            sum(joint)
        ),
        Some(joint) => format!(
            "each planned alone: {separate}; as one, with every weight on one tile, {}",
            sum(joint)
        ),
        None => format!("each planned alone: {separate}; no joint plan is within the memory allowed"),
    }
}

/// A title, in as many lines as it takes.
fn titled(title: &str, palette: &Palette) -> String {
    wrapped(title, "", palette.width())
        .lines()
        .map(|line| palette.paint(Role::Title, line) + "\n")
        .collect()
}

/// From the peak of the units to what is useful, step by step.
fn products(units: &Units) -> String {
    let mut steps = vec![format!("{} a cycle and tile at the peak", units.peak)];
    let after = |ceiling: &Ceiling| format!("{} ({})", significant(ceiling.products), ceiling.reason);
    steps.extend(units.ceilings.iter().map(after));
    steps.push(format!(
        "{} useful while computing, {} over all phases and tiles",
        significant(units.computing),
        significant(units.overall)
    ));
    steps.join("; ")
}

fn line(key: &str, text: &str, palette: &Palette) -> String {
    const INDENT: usize = 12;
    wrapped(
        text,
        &format!("  {key:width$}", width = INDENT - 2),
        palette.width(),
    )
}

fn kernels(convolution: &ExplainedConvolution, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("  kernel"),
        Column::left("block"),
        Column::right("tiles"),
        Column::right("cycles"),
        Column::right("compute"),
        Column::right("ex-\nchange"),
        Column::right("reduce"),
        Column::right("rear-\nrange"),
        Column::right("zeros,\nloop"),
        Column::right("memory"),
        Column::left("limit"),
    ]);
    let mut without = String::new();
    for kernel in &convolution.kernels {
        if let Some(plan) = &kernel.plan {
            table.push(row(plan));
        } else {
            let reason = kernel.reason.as_deref().unwrap_or_default();
            without += &wrapped(reason, &format!("  {}: ", kernel.kernel), palette.width());
        }
    }
    let planned = convolution.kernels.iter().any(|kernel| kernel.plan.is_some());
    let table = if planned {
        table.render(palette, palette.width())
    } else {
        String::new()
    };
    table + &without
}

fn row(plan: &ExplainedPlan) -> Vec<Cell> {
    let [groups, inputs, outputs] = plan.block;
    let cycles = |phases: &[&str]| {
        let sum: u64 = phases.iter().filter_map(|phase| plan.phases.get(phase)).sum();
        Cell::from(grouped(sum))
    };
    vec![
        Cell::from(format!("  {}", plan.kernel.replace('_', " "))),
        Cell::from(format!("{groups}×{inputs}×{outputs}")),
        Cell::from(grouped(plan.tiles)),
        Cell::from(grouped(plan.cycles)),
        cycles(&["compute"]),
        cycles(&["input_exchange", "weight_exchange", "partial_exchange"]),
        cycles(&["reduction"]),
        cycles(&["rearrangement"]),
        cycles(&["padding", "serial_loop"]),
        Cell::from(bytes(plan.temporary_bytes)),
        Cell::from(plan.limited_by.replace('_', " ")),
    ]
}
