//! Plans and their reasons in words.

use tilesim_planner::{
    Anatomy, CostPhase, Fill, FillCause, Method, Partition, Plan, PlanCost, PlanOptions, Purpose,
};
use tilesim_report::render::units::{grouped, percent};
use tilesim_terms::ConvolutionPass;

/// Channel grouping that the neighbours of a convolution expect (PopLibs `ConvModel.cpp` `addTransformCycleEstimate`).
const EXPECTED_CHANNELS: u64 = 16;

/// A plan in one sentence.
pub(super) fn plan(plan: &Plan) -> String {
    let rewriting = rewriting(plan);
    let after = if rewriting.is_empty() {
        String::new()
    } else {
        [", after ", &rewriting.join(", ")].concat()
    };
    [&kernel(plan), &after, "; ", &split(&plan.partition)].concat()
}

fn kernel(plan: &Plan) -> String {
    let grouping = plan.grouping;
    let block = format!(
        "blocks of {}{} × {} channels",
        if grouping.conv_groups == 1 {
            String::new()
        } else {
            format!("{} groups of ", grouping.conv_groups)
        },
        grouping.in_channels,
        grouping.out_channels
    );
    match plan.method {
        Method::Amp { conv_units } => format!("AMP on {conv_units} units, {block}"),
        Method::Slic { conv_chains } => format!("SLIC on {conv_chains} chains, {block}"),
        Method::VerticalMac | Method::HorizontalMac | Method::OuterProduct => {
            format!("{}, {block}", plan.method.kind().name())
        }
    }
}

fn rewriting(plan: &Plan) -> Vec<String> {
    let transforms = &plan.transforms;
    let mut words = Vec::new();
    if transforms.swap_operands {
        words.push("swapping inputs and weights".to_owned());
    }
    if !transforms.expand_dims.is_empty() {
        words.push("folding the kernel into the input channels".to_owned());
    }
    if !transforms.out_channel_flatten_dims.is_empty() {
        words.push("folding the field into the output channels".to_owned());
    }
    if transforms.combine_conv_groups > 1 {
        words.push(format!(
            "packing {} groups into one",
            transforms.combine_conv_groups
        ));
    }
    if !transforms.flatten_dims.is_empty() {
        words.push("flattening the field".to_owned());
    }
    words
}

/// Such as `1,344 tiles: field 56×3, groups 8`.
fn split(partition: &Partition) -> String {
    let by = |splits: &[u64]| {
        let texts: Vec<String> = splits.iter().map(u64::to_string).collect();
        texts.join("×")
    };
    let whole = |splits: &[u64]| splits.iter().all(|&split| split == 1);
    let mut parts = Vec::new();
    for (what, splits) in [("field", &partition.field), ("kernel", &partition.kernel)] {
        if !whole(splits) {
            parts.push(format!("{what} {}", by(splits)));
        }
    }
    for (what, split) in [
        ("batch", partition.batch),
        ("groups", partition.conv_group),
        ("input channels", partition.in_channel_parallel),
        ("output channels", partition.out_channel_parallel),
        ("input channels in turn", partition.in_channel_serial),
        ("output channels in turn", partition.out_channel_serial),
    ] {
        if split > 1 {
            parts.push(format!("{what} {split}"));
        }
    }
    let tiles = grouped(partition.tiles());
    if parts.is_empty() {
        format!("{tiles} tile")
    } else {
        format!("{tiles} tiles: {}", parts.join(", "))
    }
}

/// Why products of the units are not the convolution's.
pub(super) fn fill(plan: &Plan, fill: &Fill) -> String {
    let Fill { useful, held, cause } = *fill;
    let grouping = plan.grouping;
    match (cause, plan.method) {
        (FillCause::Kernel, Method::Slic { .. }) => format!(
            "{useful} of {held}: an input meets the weights of {} of its group, the units have room for 4",
            channels(grouping.out_channels)
        ),
        (FillCause::Kernel, Method::Amp { conv_units }) => {
            format!("{useful} of {held}: the kernel uses {conv_units} units")
        }
        (FillCause::Kernel, _) => {
            format!("{useful} of {held}: the kernel works on vectors, not on the units")
        }
        (FillCause::Channels, _) => format!(
            "{} of channels and groups are not zeros that fill blocks of {}×{}×{}",
            percent(useful as f64 / held as f64),
            grouping.conv_groups,
            grouping.in_channels,
            grouping.out_channels
        ),
        (FillCause::CombinedGroups, _) => {
            format!("{useful} of {held}: packed groups meet each other's weights, which are zeros")
        }
        (FillCause::Window, Method::Slic { .. }) => {
            format!("{useful} of {held} columns of the window are of the kernel")
        }
        (FillCause::Window, _) => {
            format!("{useful} of {held} kernel rows that the units hold are of the kernel")
        }
    }
}

/// Why the plan takes the time that it does: a sentence for each phase that takes 5 % or more, the dearest first.
pub(super) fn reasons(plan: &Plan, cost: &PlanCost, anatomy: &Anatomy, options: &PlanOptions) -> Vec<String> {
    const WORTH_SAYING: f64 = 0.05;
    let total = cost.cycles().max(1) as f64;
    let mut phases: Vec<(u64, CostPhase)> = CostPhase::ALL
        .into_iter()
        .map(|phase| (cost.phase_cycles(phase), phase))
        .filter(|&(cycles, _)| cycles as f64 >= WORTH_SAYING * total)
        .collect();
    phases.sort_by_key(|&(cycles, phase)| (std::cmp::Reverse(cycles), phase));
    phases
        .into_iter()
        .map(|(cycles, phase)| {
            let share = percent(cycles as f64 / total);
            format!("{share} {}", reason(phase, plan, cost, anatomy, options))
        })
        .collect()
}

fn reason(
    phase: CostPhase,
    plan: &Plan,
    cost: &PlanCost,
    anatomy: &Anatomy,
    options: &PlanOptions,
) -> String {
    let partition = &plan.partition;
    match phase {
        CostPhase::Compute => computing(anatomy),
        CostPhase::InputExchange => format!(
            "exchange of inputs: {} tiles with other output channels need the same ones",
            partition.out_channel_parallel
        ),
        CostPhase::WeightExchange => {
            let sharers = partition.batch * partition.field.iter().product::<u64>();
            format!("exchange of weights: {sharers} tiles with other parts of the field need the same ones")
        }
        CostPhase::PartialExchange if partition.reduction_depth() > 1 => format!(
            "exchange of partial sums: {} tiles hold a part of each output",
            partition.reduction_depth()
        ),
        CostPhase::PartialExchange => "sending the outputs once, which the cost model charges even where nothing is added up".to_owned(),
        CostPhase::Reduction if partition.reduction_depth() > 1 => format!(
            "adding up the partial sums of {} tiles",
            partition.reduction_depth()
        ),
        CostPhase::Reduction => "casting outputs".to_owned(),
        CostPhase::Rearrangement => rearrangement(plan, cost, options),
        CostPhase::Padding => match plan.method {
            Method::Slic { .. } => {
                "writing zeros: the borders of the inputs and the unused columns of the window have to be in memory".to_owned()
            }
            _ => "writing zeros: kernel rows that fill the units have to be in memory".to_owned(),
        },
        CostPhase::SerialLoop => format!("slicing and updating in {} iterations", partition.serial()),
    }
}

fn computing(anatomy: &Anatomy) -> String {
    let cycles = anatomy.kernel_cycles;
    let total = cycles.total().max(1) as f64;
    let share = |cycles: u64| percent(cycles as f64 / total);
    format!(
        "computing, of which useful products at the peak {}, zeros and the kernel's slower rate {}, loading weights {}, \
         starting workers, rows and loops {}, the slowest worker {}",
        share(cycles.useful),
        share(cycles.padding),
        share(cycles.weight_load),
        share(cycles.overhead),
        share(cycles.worker_imbalance)
    )
}

fn rearrangement(plan: &Plan, cost: &PlanCost, options: &PlanOptions) -> String {
    let transforms = &plan.transforms;
    if cost.transform_exchange == 0 {
        return format!(
            "regrouping outputs on their tile: the kernel leaves {} of a group side by side, their readers take \
             {EXPECTED_CHANNELS}",
            channels(plan.grouping.out_channels)
        );
    }
    let why = if transforms.combine_conv_groups > 1 {
        "groups are packed with zeros between them"
    } else if options.purpose == Purpose::of_joint_plan(ConvolutionPass::InputGradient)
        && plan.joint.is_none()
    {
        "the weights lie as the forward pass wants them"
    } else if options.purpose.pass == ConvolutionPass::WeightGradient {
        "a weight gradient has its operands the other way round"
    } else if transforms.swap_operands {
        "inputs and weights change roles"
    } else if !transforms.expand_dims.is_empty() {
        "each input is written once for every kernel element that reads it"
    } else {
        "channels are filled up to whole blocks"
    };
    format!("rearranging whole operands over the tiles: {why}")
}

fn channels(count: u64) -> String {
    format!("{count} channel{}", if count == 1 { "" } else { "s" })
}
