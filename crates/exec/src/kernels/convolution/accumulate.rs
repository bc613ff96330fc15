//! The loops of a partial convolution, in the order in which the machine's kernels add up: kernel positions outermost, then blocks
//! of input channels, each rounded once when its products are added up.

use super::{
    pack::Packing,
    parts::{INPUT, Part, Step, Structure, WEIGHTS},
};
use crate::formats::Format;

/// When sums are rounded, and to what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// Input channels that are added up before the partial sum is rounded.
    pub(super) block: u64,
    /// Format of the partial sums.
    pub(super) partials: Format,
}

/// Offsets of one product in inputs, weights and outputs.
type Offsets = [usize; 3];

/// Kernel positions that are summed over on all outputs at once: values of the variables that outputs depend on as well (kernel positions, by
/// windows) are fixed, and so a list of outputs with their inputs and weights follows.
struct Round<'a> {
    /// By part, the steps that are left.
    steps: Vec<&'a [Step]>,
    /// Index of the kernel position.
    position: u64,
    /// Index of the first input channel.
    channel: u64,
}

/// Adds the products of a cell to packed sums.
pub(super) fn accumulate(
    structure: &Structure<'_>,
    parts: &[Part],
    packing: &Packing,
    order: Order,
    inputs: &[f32],
    weights: &[f32],
    sums: &mut [f32],
) {
    let groups = &structure.groups;
    let is_reduction = |part: &usize| groups[*part].is_product();
    let products: Vec<(Offsets, u64)> =
        reduction_offsets(parts, packing, (0..parts.len()).filter(is_reduction));
    let (input_stride, weight_stride, length) = match packing.innermost {
        Some(part) => (
            packing.strides[INPUT][part],
            packing.strides[WEIGHTS][part],
            parts[part].steps.len(),
        ),
        None => (0, 0, 1),
    };
    let mut last = None;
    for round in rounds(structure, parts) {
        let outputs = output_offsets(&round, packing, |part| {
            !groups[part].is_product() && Some(part) != packing.innermost
        });
        let mut rest = products.as_slice();
        while let Some(((_, first), _)) = rest.split_first() {
            let block = (round.channel + first) / order.block;
            let own = rest
                .iter()
                .take_while(|(_, channel)| (round.channel + channel) / order.block == block)
                .count();
            let (now, later) = rest.split_at(own);
            rest = later;
            // A block of input channels that kernel positions are folded into goes on in the next round.
            if last.is_some_and(|last| last != (round.position, block)) {
                order.partials.round(sums);
            }
            last = Some((round.position, block));
            for [input, weight, output] in &outputs {
                let sums = &mut sums[*output..*output + length];
                for ([more_input, more_weight, _], _) in now {
                    let (input, weight) = (input + more_input, weight + more_weight);
                    match (input_stride, weight_stride) {
                        (0, 0) => sums[0] += inputs[input] * weights[weight],
                        (0, _) => add_scaled(sums, &weights[weight..weight + length], inputs[input]),
                        (_, 0) => add_scaled(sums, &inputs[input..input + length], weights[weight]),
                        _ => add_products(
                            sums,
                            &inputs[input..input + length],
                            &weights[weight..weight + length],
                        ),
                    }
                }
            }
        }
    }
    order.partials.round(sums);
}

fn add_scaled(sums: &mut [f32], values: &[f32], scale: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * scale;
    }
}

fn add_products(sums: &mut [f32], left: &[f32], right: &[f32]) {
    for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
        *sum += left * right;
    }
}

/// Every combination of summed values of parts that also touch outputs, kernel positions that are no input channels outermost.
fn rounds<'a>(structure: &Structure<'_>, parts: &'a [Part]) -> Vec<Round<'a>> {
    let mut rounds = vec![Round {
        steps: Vec::new(),
        position: 0,
        channel: 0,
    }];
    for (group, part) in structure.groups.iter().zip(parts) {
        if group.is_product() || group.is_output() {
            for round in &mut rounds {
                round.steps.push(&part.steps);
            }
            continue;
        }
        let by_key: Vec<&[Step]> = part.steps.chunk_by(|a, b| a.key == b.key).collect();
        rounds = rounds
            .iter()
            .flat_map(|round| {
                by_key.iter().map(|steps| {
                    let key = u64::from(steps[0].key);
                    let mut longer = round.steps.clone();
                    longer.push(steps);
                    let (position, channel) = if group.in_channels {
                        (round.position, round.channel + part.channels[key as usize])
                    } else {
                        (round.position * by_key.len() as u64 + key, round.channel)
                    };
                    Round {
                        steps: longer,
                        position,
                        channel,
                    }
                })
            })
            .collect();
    }
    rounds
}

/// Offsets of all combinations of parts that only inputs and weights depend on, with the input channel of each.
fn reduction_offsets(
    parts: &[Part],
    packing: &Packing,
    reductions: impl Iterator<Item = usize>,
) -> Vec<(Offsets, u64)> {
    let mut products = vec![([0; 3], 0)];
    for part in reductions {
        let steps = &parts[part].steps;
        products = products
            .iter()
            .flat_map(|(offsets, channel)| {
                steps.iter().map(move |step| {
                    (
                        moved(*offsets, packing, part, step),
                        channel + parts[part].channels[step.key as usize],
                    )
                })
            })
            .collect();
    }
    products
}

/// Offsets of all combinations of the wanted parts in a round.
fn output_offsets(round: &Round<'_>, packing: &Packing, wanted: impl Fn(usize) -> bool) -> Vec<Offsets> {
    let mut outputs = vec![[0; 3]];
    for (part, steps) in round.steps.iter().enumerate().filter(|(part, _)| wanted(*part)) {
        outputs = outputs
            .iter()
            .flat_map(|offsets| steps.iter().map(move |step| moved(*offsets, packing, part, step)))
            .collect();
    }
    outputs
}

fn moved(offsets: Offsets, packing: &Packing, part: usize, step: &Step) -> Offsets {
    std::array::from_fn(|operand| {
        offsets[operand] + step.place[operand] as usize * packing.strides[operand][part]
    })
}
