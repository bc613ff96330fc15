//! The loops of a partial convolution, in the order in which the machine's kernels add up: kernel positions outermost, then blocks
//! of input channels, each rounded once when its products are added up.

use smallvec::SmallVec;

use super::{
    pack::Packing,
    parts::{INPUT, Part, Step, Structure, WEIGHTS},
    products::{Factors, add_products},
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

/// Lists that are made anew for every cell, in memory that is not.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Offsets of what all outputs sum over alike.
    products: Vec<Offsets>,
    /// The input channel of each.
    channels: Vec<u64>,
    /// Offsets of outputs, with their inputs and weights.
    outputs: Vec<Offsets>,
}

/// Adds the products of a cell to packed sums.
pub(super) fn accumulate(
    structure: &Structure<'_>,
    parts: &[&Part],
    packing: &Packing<'_>,
    order: Order,
    [inputs, weights]: [&[f32]; 2],
    sums: &mut [f32],
    lists: &mut Lists,
) {
    let groups = &structure.groups;
    reductions(structure, parts, packing, lists);
    let (strides, length) = match packing.innermost {
        Some(part) => (
            [INPUT, WEIGHTS].map(|operand| packing.strides[operand][part]),
            parts[part].steps.len(),
        ),
        None => ([0, 0], 1),
    };
    let mut last = None;
    // Values of the variables that are summed over and that outputs depend on as well (kernel positions, by windows) are fixed in a
    // round, those of kernel positions that are no input channels outermost.
    let mixed: SmallVec<[usize; 4]> = (0..parts.len())
        .filter(|part| !groups[*part].is_product() && !groups[*part].is_output())
        .collect();
    let mut keys: SmallVec<[usize; 4]> = mixed.iter().map(|_| 0).collect();
    loop {
        let (mut position, mut channel) = (0, 0);
        for (part, key) in mixed.iter().zip(&keys) {
            if groups[*part].in_channels {
                channel += parts[*part].channels[*key];
            } else {
                position = position * parts[*part].channels.len() + key;
            }
        }
        lists.outputs.clear();
        lists.outputs.push([0; 3]);
        for (part, own) in parts.iter().enumerate() {
            if groups[part].is_product() || Some(part) == packing.innermost {
                continue;
            }
            let steps = match mixed.iter().position(|other| *other == part) {
                Some(index) => own.steps_of(keys[index]),
                None => &own.steps,
            };
            extend(&mut lists.outputs, steps, |step| offsets(packing, part, step));
        }
        let mut start = 0;
        while let Some(first) = lists.channels.get(start) {
            let block = (channel + first) / order.block;
            let own = lists.channels[start..]
                .iter()
                .take_while(|own| (channel + *own) / order.block == block)
                .count();
            let products = &lists.products[start..start + own];
            start += own;
            // A block of input channels that kernel positions are folded into goes on in the next round.
            if last.is_some_and(|last| last != (position, block)) {
                order.partials.round(sums);
            }
            last = Some((position, block));
            for [input, weight, output] in &lists.outputs {
                let factors = [
                    Factors {
                        values: inputs,
                        first: *input,
                        stride: strides[INPUT],
                    },
                    Factors {
                        values: weights,
                        first: *weight,
                        stride: strides[WEIGHTS],
                    },
                ];
                add_products(&mut sums[*output..*output + length], factors, products);
            }
        }
        if !advance(&mut keys, |index| parts[mixed[index]].channels.len()) {
            break;
        }
    }
    order.partials.round(sums);
}

/// Lists all combinations of parts that only inputs and weights depend on.
fn reductions(structure: &Structure<'_>, parts: &[&Part], packing: &Packing<'_>, lists: &mut Lists) {
    lists.products.clear();
    lists.products.push([0; 3]);
    lists.channels.clear();
    lists.channels.push(0);
    for (part, own) in parts.iter().enumerate() {
        if structure.groups[part].is_product() {
            extend(&mut lists.products, &own.steps, |step| {
                offsets(packing, part, step)
            });
            extend_channels(&mut lists.channels, own);
        }
    }
}

/// What a step of a part adds to the offsets.
fn offsets(packing: &Packing<'_>, part: usize, step: &Step) -> Offsets {
    std::array::from_fn(|operand| step.place[operand] as usize * packing.strides[operand][part])
}

/// Puts every combination of a list's entries with steps in their place, those of an entry beside each other.
fn extend(list: &mut Vec<Offsets>, steps: &[Step], offsets: impl Fn(&Step) -> Offsets) {
    let before = list.len();
    list.reserve(before * steps.len());
    for entry in 0..before {
        let own = list[entry];
        list.extend(steps.iter().map(|step| {
            let more = offsets(step);
            std::array::from_fn(|operand| own[operand] + more[operand])
        }));
    }
    list.drain(..before);
}

/// The same for channels.
fn extend_channels(list: &mut Vec<u64>, part: &Part) {
    let before = list.len();
    for entry in 0..before {
        let own = list[entry];
        list.extend(
            part.steps
                .iter()
                .map(|step| own + part.channels[step.key as usize]),
        );
    }
    list.drain(..before);
}

/// The next combination of so many keys each; false behind the last.
fn advance(keys: &mut [usize], count: impl Fn(usize) -> usize) -> bool {
    for (index, key) in keys.iter_mut().enumerate().rev() {
        *key += 1;
        if *key < count(index) {
            return true;
        }
        *key = 0;
    }
    false
}
