//! One step as text: what it does and to which variables, then where its operands lie. Kernels are called as this crate calls them.

use std::fmt;

use super::INDENT;
use crate::{Action, HostDirection, Movement, Step, VariableId, Work, work::ConvolutionWork};

pub(super) fn write(step: &Step, indent: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let kind = match &step.action {
        Action::Compute(_) => "compute",
        Action::Exchange(_) => "exchange",
        Action::Host {
            direction: HostDirection::In,
            ..
        } => "from the host",
        Action::Host {
            direction: HostDirection::Out,
            ..
        } => "to the host",
        Action::Replicas { .. } => "add up over replicas",
    };
    write!(formatter, "{:indent$}{kind} {}: ", "", step.name)?;
    write!(formatter, "{} → {}", List(&step.reads), List(&step.writes))?;
    if !step.workspace.is_empty() {
        write!(formatter, ", in {}", List(&step.workspace))?;
    }
    writeln!(formatter)?;
    let indent = indent + INDENT;
    match &step.action {
        Action::Compute(work) => compute(work, indent, formatter),
        Action::Exchange(movements) => movements
            .iter()
            .try_for_each(|movement| moved(movement, indent, formatter)),
        Action::Host { bytes, .. } => writeln!(formatter, "{:indent$}{bytes} B", ""),
        Action::Replicas { group, bytes } => {
            writeln!(formatter, "{:indent$}{bytes} B over {group} replicas", "")
        }
    }
}

/// Variables, one after the other.
struct List<'a>(&'a [VariableId]);

impl fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("nothing");
        }
        for (index, variable) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(formatter, "{separator}{variable}")?;
        }
        Ok(())
    }
}

fn moved(movement: &Movement, indent: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let inner = indent + INDENT;
    match movement {
        Movement::Transfer(transfer) => {
            writeln!(
                formatter,
                "{:indent$}{} B × {}",
                "", transfer.element_bytes, transfer.from
            )?;
            write!(formatter, "{:inner$}to {}", "", transfer.to)?;
            if transfer.sample_block > 1 {
                write!(formatter, ", from samples in blocks of {}", transfer.sample_block)?;
            }
            writeln!(formatter)
        }
        Movement::PartialResults(transfer) => {
            writeln!(
                formatter,
                "{:indent$}partial results, {} B × {}",
                "", transfer.element_bytes, transfer.partials
            )?;
            let runs = if transfer.in_runs { "runs of tiles, " } else { "" };
            writeln!(formatter, "{:inner$}to {runs}{}", "", transfer.to)
        }
        Movement::PartialSums(sums) => writeln!(
            formatter,
            "{:indent$}partial sums, {:?}, {} B × {}",
            "", sums.stage, sums.element_bytes, sums.outputs
        ),
    }
}

fn compute(work: &Work, indent: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match work {
        Work::Convolution(work) => convolution(work, indent, formatter),
        Work::ReduceAdd(work) => {
            let stage = &work.stage;
            writeln!(
                formatter,
                "{:indent$}ReduceAdd {:?}, {} → {}",
                "",
                stage.stage,
                work.partials_type.name(),
                work.output_type.name()
            )?;
            writeln!(formatter, "{:indent$}over {}", "", stage.outputs)
        }
        Work::LocalReduction(work) => {
            writeln!(
                formatter,
                "{:indent$}Reduce {:?}, {:?}, {} → {}",
                "",
                work.op,
                work.form,
                work.partials_type.name(),
                work.output_type.name()
            )?;
            writeln!(formatter, "{:indent$}over {}", "", work.over)?;
            writeln!(formatter, "{:indent$}to {}", "", work.results)
        }
        Work::Partials(work) => {
            writeln!(
                formatter,
                "{:indent$}Reduce {:?} of partial results, {} → {}, times {:?}",
                "",
                work.op,
                work.partials_type.name(),
                work.output_type.name(),
                work.scale
            )?;
            writeln!(formatter, "{:indent$}over {}", "", work.transfer.to)
        }
        Work::Pooling(work) => {
            writeln!(formatter, "{:indent$}{:?}", "", work.kernel)?;
            writeln!(formatter, "{:indent$}of {}", "", work.input)?;
            writeln!(formatter, "{:indent$}over {}", "", work.over)
        }
        Work::Vector(work) => {
            writeln!(formatter, "{:indent$}{:?}", "", work.kernel)?;
            writeln!(formatter, "{:indent$}over {}", "", work.over)
        }
        Work::Rearrangement(work) => {
            writeln!(
                formatter,
                "{:indent$}Rearrangement, {} B in runs of {} B",
                "", work.element_bytes, work.piece_bytes
            )?;
            for source in &work.sources {
                writeln!(formatter, "{:indent$}of {source}", "")?;
            }
            writeln!(formatter, "{:indent$}to {}", "", work.result)
        }
        Work::Uniform(work) => {
            writeln!(formatter, "{:indent$}{:?}", "", work.vertex)?;
            writeln!(formatter, "{:indent$}on the first {} tiles", "", work.tiles)
        }
    }
}

fn convolution(work: &ConvolutionWork, indent: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let whole = &work.whole;
    let grouping = whole.grouping;
    writeln!(
        formatter,
        "{:indent$}{:?}, {} → {}, blocks of {} groups of {} → {} channels",
        "",
        whole.kernel,
        whole.input_type.name(),
        whole.partials_type.name(),
        grouping.conv_groups,
        grouping.in_channels,
        grouping.out_channels,
    )?;
    let operands = &work.operands;
    for (name, operand) in [
        ("inputs", &operands.input),
        ("weights", &operands.weights),
        ("outputs", &operands.output),
    ] {
        writeln!(formatter, "{:indent$}{name} {operand}", "")?;
    }
    if let Some([left, right]) = operands.diagonal {
        writeln!(formatter, "{:indent$}where v{left} = v{right}", "")?;
    }
    writeln!(formatter, "{:indent$}{}", "", work.grid)
}
