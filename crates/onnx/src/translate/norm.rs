//! Normalisations.

use tilesim_graph::{Binary, Norm, NormKind, OpKind};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    rows,
    translator::{Translator, Value},
};
use crate::{
    OnnxError,
    constant::{Constant, Content},
    network::Source,
    node::{Node, dimension},
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "BatchNormalization",
        versions: &[1, 7, 9, 14, 15],
        support: OnnxSupport::Training,
        limits: "scale, shift and statistics that are constants",
        translate: batch,
    },
    OnnxOperator {
        name: "GroupNormalization",
        versions: &[18, 21],
        support: OnnxSupport::Training,
        limits: "",
        translate: group,
    },
    OnnxOperator {
        name: "InstanceNormalization",
        versions: &[1, 6],
        support: OnnxSupport::Training,
        limits: "",
        translate: instance,
    },
    OnnxOperator {
        name: "LayerNormalization",
        versions: &[17],
        support: OnnxSupport::Training,
        limits: "constant scale and shift; the first output",
        translate: layer,
    },
];

fn batch<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    // In training mode a norm takes the statistics of the batch, and its moving averages go unread.
    let (kind, parameters) = if node.trains()? {
        (NormKind::CurrentBatch, 1..3)
    } else {
        (NormKind::Batch, 1..5)
    };
    let norm = Norm {
        kind,
        epsilon: node.number("epsilon")?.unwrap_or(1e-5),
        gamma: true,
        beta: true,
    };
    let mut inputs = vec![x];
    for index in parameters {
        let parameter = translator.parameter(node, index)?;
        inputs.push(translator.add_constant(parameter));
    }
    translator.operator(node, OpKind::Norm(norm), inputs)
}

/// Each channel on its own.
fn instance<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let groups = channels(translator, node, x)?;
    let parameters = [translator.parameter(node, 1)?, translator.parameter(node, 2)?];
    grouped(translator, node, x, groups, Some(parameters))
}

fn group<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let channels = channels(translator, node, x)?;
    let groups = node.integer("num_groups")?.unwrap_or(0);
    let groups = u64::try_from(groups)
        .ok()
        .filter(|&groups| groups > 0 && channels.is_multiple_of(groups))
        .ok_or_else(|| {
            node.invalid(
                format!("num_groups is {groups} for {channels} channels"),
                "a divisor",
            )
        })?;
    let parameters = [translator.parameter(node, 1)?, translator.parameter(node, 2)?];
    // Scale and shift are of groups in opset 18, and of channels from opset 21 on.
    let parameters = if node.opset < 21 && groups != channels {
        let [scale, shift] = parameters;
        [
            spread(node, &scale, groups, channels)?,
            spread(node, &shift, groups, channels)?,
        ]
    } else {
        parameters
    };
    grouped(translator, node, x, groups, Some(parameters))
}

/// One number for each group as one for each channel.
fn spread(node: Node, constant: &Constant, groups: u64, channels: u64) -> Result<Constant, OnnxError> {
    let per_group = channels / groups;
    let numbers = match &constant.content {
        Content::Numbers(numbers) if numbers.elements() == groups => numbers,
        _ => {
            return Err(node.invalid(
                format!("a parameter has shape {:?}", constant.shape()),
                format!("[{groups}]"),
            ));
        }
    };
    let order = move || {
        (0..channels)
            .map(|channel| (channel / per_group) as usize)
            .collect()
    };
    let spread = numbers.reordered(vec![channels], order)?;
    Ok(Constant::numbers(&constant.origin, spread))
}

/// Over the dimensions from an axis on, for each of those before.
fn layer<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    let axis = node.integer("axis")?.unwrap_or(-1);
    let axis = dimension(axis, shape.len())
        .ok_or_else(|| node.invalid(format!("axis {axis} of shape {shape:?}"), "a dimension"))?;
    let scale = translator.parameter(node, 1)?;
    let shift = match node.input(2) {
        Some(_) => Some(translator.parameter(node, 2)?),
        None => None,
    };
    // A whole sample is normalised as it is: its statistics are of channels and positions.
    if axis != 1 {
        return layer_of_rows(translator, node, x, axis, [Some(scale), shift]);
    }
    let mut value = grouped(translator, node, x, 1, None)?;
    for (function, constant) in [(Binary::Multiply, Some(scale)), (Binary::Add, shift)] {
        if let (Value::Tensor(y), Some(constant)) = (&value, constant) {
            value = super::elementwise::with_constant(translator, node, function, *y, &constant, true)?;
        }
    }
    Ok(value)
}

/// The dimensions from `axis` on are the channels of samples without space.
fn layer_of_rows<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    axis: usize,
    parameters: [Option<Constant>; 2],
) -> Result<Value, OnnxError> {
    let shape = translator.network.shape(x).to_vec();
    let rows = rows::of(translator, node, x, axis)?;
    let channels: u64 = shape[axis..].iter().product();
    let [gamma, beta] = &parameters;
    let norm = Norm {
        kind: NormKind::LAYER,
        epsilon: node.number("epsilon")?.unwrap_or(1e-5),
        gamma: gamma.is_some(),
        beta: beta.is_some(),
    };
    let mut inputs = vec![rows];
    for parameter in parameters.into_iter().flatten() {
        let flat = parameter.reshaped(&[channels]).ok_or_else(|| {
            node.unsupported(
                format!("a parameter of shape {:?}", parameter.shape()),
                format!("one number for each of {:?}", &shape[axis..]),
            )
        })?;
        inputs.push(translator.add_constant(flat));
    }
    let normalised = translator.step(node, OpKind::Norm(norm), inputs, &[])?;
    translator.reshaped(node, normalised, &shape).map(Value::Tensor)
}

/// A norm over groups of channels; scale and shift are `[C]`.
pub(super) fn grouped<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    groups: u64,
    parameters: Option<[Constant; 2]>,
) -> Result<Value, OnnxError> {
    let norm = Norm {
        kind: NormKind::contiguous(groups),
        epsilon: node.number("epsilon")?.unwrap_or(1e-5),
        gamma: parameters.is_some(),
        beta: parameters.is_some(),
    };
    let mut inputs = vec![x];
    for parameter in parameters.into_iter().flatten() {
        inputs.push(translator.add_constant(parameter));
    }
    translator.operator(node, OpKind::Norm(norm), inputs)
}

fn channels<'a>(translator: &Translator<'a>, node: Node<'a>, x: Source) -> Result<u64, OnnxError> {
    let shape = translator.network.shape(x);
    shape
        .get(1)
        .copied()
        .ok_or_else(|| node.invalid(format!("its input has shape {shape:?}"), "[N, C, spatial…]"))
}

/// The means of group norm that exporters take: an instance norm of `[N, groups, …]`, reshaped back to `[N, C, …]`. `None`
/// where the value that is reshaped is none.
pub(super) fn group_norm_of_instance_norm<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    normalised: Source,
    shape: &[u64],
) -> Result<Option<Value>, OnnxError> {
    let network = &translator.network;
    let Some((norm, inputs)) = network.norm(normalised) else {
        return Ok(None);
    };
    let NormKind::Group { groups, .. } = norm.kind else {
        return Ok(None);
    };
    let Some(x) = network.reshaped_from(inputs[0]) else {
        return Ok(None);
    };
    let within = network.shape(normalised);
    let same_samples = within.first() == shape.first() && within.get(1) == Some(&groups);
    let identity = inputs[1..]
        .iter()
        .zip(norm.parameter_roles())
        .all(|(&parameter, role)| {
            let neutral = if role == "gamma" { 1.0 } else { 0.0 };
            network
                .constant(parameter)
                .is_some_and(|constant| constant.is_all(neutral))
        });
    let divides = shape
        .get(1)
        .is_some_and(|channels| channels.is_multiple_of(groups));
    if !same_samples || !identity || !divides || network.shape(x) != shape {
        return Ok(None);
    }
    let norm = Norm {
        gamma: false,
        beta: false,
        ..norm
    };
    translator.operator(node, OpKind::Norm(norm), vec![x]).map(Some)
}

/// Numbers for each channel, from a constant that broadcasts to one for each channel.
pub(super) fn per_channel(constant: &Constant, channels: u64, rank: usize) -> Option<Constant> {
    constant
        .is_per_channel(channels, rank)
        .then(|| constant.reshaped(&[channels]))?
}
