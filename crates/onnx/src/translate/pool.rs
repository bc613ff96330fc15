//! Pools and means.

use tilesim_graph::{OpKind, Pool, PoolKind};

use super::{
    convolution::{Windows, unpadded},
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, limits::MAX_ELEMENTS, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "AveragePool",
        versions: &[1, 7, 10, 11, 19],
        support: OnnxSupport::Training,
        limits: "one to three spatial dimensions; before opset 19 too, what ceil_mode adds counts in no divisor",
        translate: windowed,
    },
    OnnxOperator {
        name: "GlobalAveragePool",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: global_average,
    },
    OnnxOperator {
        name: "GlobalMaxPool",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: global_max,
    },
    OnnxOperator {
        name: "MaxPool",
        versions: &[1, 8, 10],
        support: OnnxSupport::Training,
        limits: "one to three spatial dimensions, without the output Indices",
        translate: windowed,
    },
];

fn windowed<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let kind = if node.op_type() == "MaxPool" {
        PoolKind::Max
    } else {
        PoolKind::Average
    };
    let indices = node
        .proto
        .output
        .get(1)
        .filter(|name| translator.readers.contains_key(name.as_str()));
    if indices.is_some() {
        return Err(node.unsupported(
            "its output Indices is read",
            "largest elements, without where they are",
        ));
    }
    let count_include_pad = node.integer("count_include_pad")?.unwrap_or(0) != 0;
    let pads_itself = node.integers("pads").iter().any(|&pad| pad != 0)
        || node
            .text("auto_pad")?
            .is_some_and(|auto_pad| auto_pad.starts_with("SAME"));
    // Padding with what makes no difference to the largest; with zeros that count in the mean.
    let (x, padded) = unpadded(translator, node, |padded| {
        let adds = padded.lower.iter().chain(&padded.upper).all(|&pad| pad >= 0);
        adds && match kind {
            PoolKind::Max => padded.fill <= f64::from(f32::MIN),
            PoolKind::Average => padded.fill == 0.0 && (count_include_pad || !pads_itself),
        }
    })?;
    let shape = translator.network.shape(x).to_vec();
    let field = match &padded {
        Some(padded) => padded.shape(&translator.network).unwrap_or_default(),
        None => shape.clone(),
    };
    let field = field
        .get(2..)
        .filter(|field| !field.is_empty() && field.len() <= 3 && !field.contains(&0));
    let field = field.ok_or_else(|| {
        node.unsupported(
            format!("an input of shape {shape:?}"),
            "one to three spatial dimensions",
        )
    })?;
    let stated = node.integers("kernel_shape");
    let kernel: Vec<u64> = stated
        .iter()
        .filter_map(|&size| u64::try_from(size).ok())
        .collect();
    if kernel.len() != field.len() || kernel.iter().any(|size| !(1..=MAX_ELEMENTS).contains(size)) {
        return Err(node.invalid(
            format!("kernel_shape is {stated:?}"),
            format!("{} positive sizes", field.len()),
        ));
    }
    let mut windows = Windows::of(node, field, &kernel)?;
    // With `auto_pad` the number of windows is that of strides, rounded up already.
    let automatic = node
        .text("auto_pad")?
        .is_some_and(|auto_pad| auto_pad.starts_with("SAME"));
    let rounds_up = !automatic && node.integer("ceil_mode")?.unwrap_or(0) != 0;
    let added = if rounds_up {
        round_up(&mut windows, field)
    } else {
        vec![0; field.len()]
    };
    let count_include_pad = match &padded {
        None => count_include_pad,
        Some(padded) => {
            windows.widen(padded);
            true
        }
    };
    let padding = |side: &[i64]| {
        side.iter()
            .map(|&pad| u64::try_from(pad).ok())
            .collect::<Option<Vec<u64>>>()
            .ok_or_else(|| node.unsupported(format!("padding {side:?}"), "padding of 0 or more"))
    };
    let counts = kind == PoolKind::Average && count_include_pad;
    let pool = Pool {
        kind,
        kernel,
        stride: windows.stride.to_vec(),
        dilation: windows.dilation.to_vec(),
        padding_lower: padding(&windows.lower)?,
        padding_upper: padding(&windows.upper)?,
        count_include_pad: counts,
        // What the last windows reach beyond the padding counts in no divisor (AveragePool of opset 19).
        uncounted: if counts { added } else { vec![0; field.len()] },
    };
    let whole = pool.kernel == shape[2..]
        && pool
            .padding_lower
            .iter()
            .chain(&pool.padding_upper)
            .all(|&padding| padding == 0);
    if kind == PoolKind::Average && whole {
        return translator.operator(node, OpKind::GlobalAveragePool, vec![x]);
    }
    translator.operator(node, OpKind::Pool(pool), vec![x])
}

/// Pads the end so that the last, partial window counts, unless it would begin beyond the input (as ONNX and `PyTorch` have it).
/// What is added in each dimension.
fn round_up(windows: &mut Windows, field: &[u64]) -> Vec<u64> {
    let mut added = vec![0; field.len()];
    for (d, &size) in field.iter().enumerate() {
        let stride = i128::from(windows.stride[d]);
        let extent = (i128::from(windows.kernel[d]) - 1) * i128::from(windows.dilation[d]) + 1;
        let begin = i128::from(size) + i128::from(windows.lower[d]);
        let padded = begin + i128::from(windows.upper[d]);
        let over = (padded - extent).rem_euclid(stride);
        let last = (padded - extent - over) + stride;
        if over > 0 && padded >= extent && last < begin {
            added[d] = (stride - over) as u64;
            windows.upper[d] = windows.upper[d].saturating_add(added[d].cast_signed());
        }
    }
    added
}

fn global_average<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    translator.operator(node, OpKind::GlobalAveragePool, vec![x])
}

fn global_max<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let kernel = translator.network.shape(x).get(2..).unwrap_or_default().to_vec();
    let pool = Pool::new(PoolKind::Max, &kernel, &vec![1; kernel.len()]);
    translator.operator(node, OpKind::Pool(pool), vec![x])
}
