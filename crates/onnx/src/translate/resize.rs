//! `Resize` and `Upsample`: along one dimension after the other, every element of the result is a weighted sum of a few elements
//! of the operand.
//!
//! So it becomes movements of data, one for each element of such a sum, products with the weights, and their sum; the nearest element
//! is a movement alone. The vendor's framework goes by dimensions too, with slices that are put side by side (`PopART` `resizex.cpp`).

mod coordinate;
mod kernel;

use tilesim_graph::{Binary, OpKind, Rearrangement, ShapeError};

use coordinate::Coordinates;
use kernel::{Kernel, Tap};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{
    OnnxError, constant::Constant, fold, limits::MAX_DIMENSIONS, network::Source, node::Node, weights::Weight,
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Resize",
        versions: &[10, 11, 13, 18, 19],
        support: OnnxSupport::Training,
        limits: "scales and sizes that are constants; without antialias and tf_crop_and_resize; align_corners of whole lengths",
        translate: resize,
    },
    OnnxOperator {
        name: "Upsample",
        versions: &[1, 7, 9],
        support: OnnxSupport::Training,
        limits: "scales that are constants",
        translate: upsample,
    },
];

/// Longest dimension of a result: every position is worked out.
const MAX_SIZE: u64 = 1 << 20;

/// The size of a dimension before and after, and the scale between them, which need not be their ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    from: u64,
    to: u64,
    scale: f64,
}

impl Stretch {
    /// As a node states it by its scale.
    fn scaled(node: Node, from: u64, scale: f64) -> Result<Self, OnnxError> {
        let to = (from as f64 * scale).floor();
        // A scale that is no number is below none.
        if scale > 0.0 && (1.0..=MAX_SIZE as f64).contains(&to) {
            return Ok(Self {
                from,
                to: to as u64,
                scale,
            });
        }
        Err(node.invalid(
            format!("a scale is {scale} for a dimension of {from}"),
            format!("scales that leave 1 to {MAX_SIZE} elements"),
        ))
    }
}

fn resize<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    if node.integer("antialias")?.unwrap_or(0) != 0 {
        return Err(node.unsupported("antialias", "antialias 0"));
    }
    // Opset 10 knows neither regions nor sizes, and one way of coordinates.
    let (coordinates, scales, sizes) = if node.opset < 11 {
        (Coordinates::Asymmetric, 1, usize::MAX)
    } else {
        (Coordinates::of(node)?, 2, 3)
    };
    let axes = match node.integers("axes") {
        [] => (0..shape.len()).collect(),
        axes => fold::dimensions(node, axes, shape.len())?,
    };
    let mut stretches: Vec<Stretch> = shape
        .iter()
        .map(|&size| Stretch {
            from: size,
            to: size,
            scale: 1.0,
        })
        .collect();
    let stated = numbers(translator, node, scales)?.filter(|scales| !scales.is_empty());
    if let Some(stated) = stated {
        check_count(node, "scales", stated.len(), &axes)?;
        for (&axis, scale) in axes.iter().zip(stated) {
            stretches[axis] = Stretch::scaled(node, shape[axis], scale)?;
        }
    } else {
        let stated = translator.list(node, sizes)?.unwrap_or_default();
        check_count(node, "sizes", stated.len(), &axes)?;
        for (axis, to) in axes.iter().zip(fitted(node, &shape, &axes, &stated)?) {
            stretches[*axis].to = to;
            stretches[*axis].scale = to as f64 / shape[*axis] as f64;
        }
    }
    if coordinates == Coordinates::AlignCorners {
        check_whole(node, &stretches)?;
    }
    let kernel = Kernel::of(node)?;
    stretched(translator, node, x, &stretches, coordinates, kernel)
}

fn upsample<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    // An operand from opset 9 on.
    let stated = match node.numbers("scales") {
        Some(scales) => scales.iter().map(|&scale| f64::from(scale)).collect(),
        None => numbers(translator, node, 1)?.unwrap_or_default(),
    };
    let axes: Vec<usize> = (0..shape.len()).collect();
    check_count(node, "scales", stated.len(), &axes)?;
    if let Some(scale) = stated.iter().find(|&&scale| scale < 1.0) {
        return Err(node.invalid(
            format!("a scale is {scale}"),
            "scales of 1 or more; a Resize shrinks",
        ));
    }
    let stretches = shape.iter().zip(stated);
    let stretches: Vec<Stretch> = stretches
        .map(|(&size, scale)| Stretch::scaled(node, size, scale))
        .collect::<Result<_, _>>()?;
    let kernel = Kernel::of_upsample(node)?;
    stretched(translator, node, x, &stretches, Coordinates::Asymmetric, kernel)
}

/// The numbers that an operand is, if it is there.
fn numbers<'a>(
    translator: &Translator<'a>,
    node: Node<'a>,
    index: usize,
) -> Result<Option<Vec<f64>>, OnnxError> {
    let Some(constant) = translator.constant_operand(node, index)? else {
        return Ok(None);
    };
    if constant.elements() > MAX_DIMENSIONS as u64 {
        return Err(node.invalid(
            format!("operand {index} has shape {:?}", constant.shape()),
            "a number for each dimension",
        ));
    }
    let Some(weight) = constant.weight() else {
        return Ok(None);
    };
    let numbers = weight.to_f32()?;
    Ok(Some(numbers.iter().map(|&number| f64::from(number)).collect()))
}

fn check_count(node: Node, what: &str, got: usize, axes: &[usize]) -> Result<(), OnnxError> {
    if got == axes.len() {
        return Ok(());
    }
    Err(node.invalid(
        format!("it has {got} {what}"),
        format!("{}, one for each dimension", axes.len()),
    ))
}

/// Where corners lie on each other the last element counts: with a scale that leaves a part of one over, the definition and the
/// standard's own tests differ in which length that is of.
fn check_whole(node: Node, stretches: &[Stretch]) -> Result<(), OnnxError> {
    let whole = |stretch: &&Stretch| {
        let length = stretch.from as f64 * stretch.scale;
        (length - stretch.to as f64).abs() > 1e-3
    };
    match stretches.iter().find(whole) {
        None => Ok(()),
        Some(Stretch { from, scale, .. }) => Err(node.unsupported(
            format!("align_corners with a scale of {scale} for a dimension of {from}"),
            "scales that make whole lengths, and sizes",
        )),
    }
}

/// The sizes of the result along the axes, by `keep_aspect_ratio_policy`.
fn fitted(node: Node, shape: &[u64], axes: &[usize], sizes: &[i64]) -> Result<Vec<u64>, OnnxError> {
    let positive = |&size: &i64| {
        u64::try_from(size)
            .ok()
            .filter(|size| (1..=MAX_SIZE).contains(size))
    };
    let sizes: Vec<u64> =
        sizes.iter().map(positive).collect::<Option<_>>().ok_or_else(|| {
            node.invalid(format!("sizes is {sizes:?}"), format!("sizes of 1 to {MAX_SIZE}"))
        })?;
    let ratios = axes
        .iter()
        .zip(&sizes)
        .map(|(&axis, &size)| size as f64 / shape[axis] as f64);
    let scale = match node.text("keep_aspect_ratio_policy")?.unwrap_or("stretch") {
        "stretch" => return Ok(sizes),
        "not_larger" => ratios.fold(f64::INFINITY, f64::min),
        "not_smaller" => ratios.fold(0.0, f64::max),
        other => {
            return Err(node.invalid(
                format!("keep_aspect_ratio_policy is `{other}`"),
                "stretch, not_larger or not_smaller",
            ));
        }
    };
    let kept = axes
        .iter()
        .map(|&axis| (scale * shape[axis] as f64 + 0.5).floor());
    let kept: Vec<f64> = kept.collect();
    if kept.iter().any(|size| !(1.0..=MAX_SIZE as f64).contains(size)) {
        return Err(node.invalid(
            format!("keeping the ratio makes sizes {kept:?}"),
            format!("sizes of 1 to {MAX_SIZE}"),
        ));
    }
    Ok(kept.into_iter().map(|size| size as u64).collect())
}

/// The tensor with its dimensions stretched, those first that shrink.
fn stretched<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    stretches: &[Stretch],
    coordinates: Coordinates,
    kernel: Kernel,
) -> Result<Value, OnnxError> {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    order.sort_by(|&a, &b| {
        let [a, b] = [a, b].map(|axis| stretches[axis].to as f64 / stretches[axis].from as f64);
        a.total_cmp(&b)
    });
    let mut y = x;
    for axis in order {
        let Stretch { from, to, scale } = stretches[axis];
        if from == to && scale == 1.0 {
            continue;
        }
        let positions: Vec<f64> = (0..to)
            .map(|index| coordinates.position(index, &stretches[axis]))
            .collect();
        y = weighted_sum(
            translator,
            node,
            y,
            axis,
            &kernel.along(scale).taps(&positions, from),
        )?;
    }
    // A resize that leaves everything as it is must still have a result of its own: that of its operand.
    Ok(Value::Tensor(y))
}

/// Sum over the taps of the elements that they read along an axis, times their weights.
fn weighted_sum<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    axis: usize,
    taps: &[Tap],
) -> Result<Source, OnnxError> {
    let shape = translator.network.shape(x).to_vec();
    let mut sum = None;
    for Tap { indices, weights } in taps {
        let mut term = x;
        if !indices.iter().copied().eq(0..shape[axis]) {
            let taken = Rearrangement::take(&shape, axis, indices)
                .map_err(|source| node.shape(ShapeError::from(source)))?;
            term = translator.step(node, OpKind::Rearrange(taken), vec![x], &[])?;
        }
        if weights.iter().any(|&weight| weight != 1.0) {
            translator.budget.take(node, &[weights.len() as u64], false)?;
            let along: Vec<u64> = (0..shape.len())
                .map(|d| if d == axis { weights.len() as u64 } else { 1 })
                .collect();
            let weight = Weight::from_f32(along, weights)
                .ok_or_else(|| node.invalid("its weights are too few", "one for each position"))?;
            let name = format!("{}/weights of dimension {axis}", node.output());
            let factor = translator.add_constant(Constant::coefficients(&name, weight));
            term = translator.step(node, OpKind::Binary(Binary::Multiply), vec![term, factor], &[])?;
        }
        sum = Some(match sum {
            None => term,
            Some(sum) => translator.step(node, OpKind::Binary(Binary::Add), vec![sum, term], &[])?,
        });
    }
    Ok(sum.unwrap_or(x))
}
