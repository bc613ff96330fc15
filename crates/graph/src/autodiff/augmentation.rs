//! What the chip does to images before the network sees them, as the public `EfficientNet` code composes it (Graphcore examples v2.1.0,
//! cnns/training: `train.py`, `augmentations.py`): each is a pass of its own.

use tilesim_terms::Augmentation;

use super::TrainingOptions;
use crate::{
    Activation, Binary, ElementType, GraphBuilder, GraphError, OpKind, Rearrangement, Scalar, TensorId,
    TensorKind,
};

/// Images `[N, C, H, W]` as the network reads them, of type `data_type`: cast, normalised by channel, mixed with their neighbours.
///
/// Every image is mixed with the next one of its micro-batch. What is drawn for a micro-batch comes as inputs: the share of the first image
/// (`…/mixup/share`), and the rows and columns of the patch that is cut out of the second (`…/cutmix/rows`, `…/cutmix/columns`,
/// 1 inside and 0 outside).
pub(super) fn augmented(
    builder: &mut GraphBuilder,
    images: TensorId,
    data_type: ElementType,
    augmentation: Augmentation,
) -> Result<TensorId, GraphError> {
    let tensor = builder.graph().tensor(images).clone();
    let &[_, channels, height, width] = tensor.shape.as_slice() else {
        return Err(GraphError::Option {
            option: "augmentation",
            got: format!("an input of shape {:?}", tensor.shape),
            expected: "images [N, C, H, W]",
        });
    };
    let named = |what: &str| format!("{}/{what}", tensor.name);
    let mut x = images;
    if tensor.data_type != data_type {
        x = builder.op(named("cast"), OpKind::Cast(data_type), vec![x])?;
    }
    for (what, function) in [
        ("mean", Binary::Subtract),
        ("inverse_deviation", Binary::Multiply),
    ] {
        let vector = builder.source(
            named(what),
            vec![1, channels, 1, 1],
            data_type,
            TensorKind::Statistic,
        )?;
        x = builder.binary(named(&format!("normalise_{what}")), function, x, vector)?;
    }
    if augmentation.mixup {
        let share = builder.input(named("mixup/share"), vec![1, 1, 1, 1], data_type)?;
        let rest = builder.activation(
            named("mixup/rest"),
            // 1 − share: shares lie between 0 and 1.
            Activation::Ramp {
                slope: Scalar::new(-1.0),
                shift: Scalar::new(1.0),
            },
            share,
        )?;
        let next = rolled(builder, named("mixup/roll"), x)?;
        let own = builder.binary(named("mixup/own"), Binary::Multiply, x, share)?;
        let other = builder.binary(named("mixup/other"), Binary::Multiply, next, rest)?;
        x = builder.binary(named("mixup/sum"), Binary::Add, own, other)?;
    }
    if augmentation.cutmix {
        let rows = builder.input(named("cutmix/rows"), vec![1, 1, height, 1], data_type)?;
        let columns = builder.input(named("cutmix/columns"), vec![1, 1, 1, width], data_type)?;
        let shape = tensor.shape.clone();
        let rows = builder.stated_op(named("cutmix/row_mask"), OpKind::Broadcast, vec![rows], &shape)?;
        let mask = builder.binary(named("cutmix/mask"), Binary::Multiply, rows, columns)?;
        let next = rolled(builder, named("cutmix/roll"), x)?;
        // x + mask · (next − x): no kernel selects by a mask.
        let change = builder.binary(named("cutmix/change"), Binary::Subtract, next, x)?;
        let change = builder.binary(named("cutmix/inside"), Binary::Multiply, change, mask)?;
        x = builder.binary(named("cutmix/select"), Binary::Add, change, x)?;
    }
    Ok(x)
}

/// Every image in the place of the one before it.
fn rolled(builder: &mut GraphBuilder, name: String, x: TensorId) -> Result<TensorId, GraphError> {
    let shape = builder.shape(x).to_vec();
    let batch = shape.first().copied().unwrap_or(1);
    let next: Vec<u64> = (0..batch).map(|image| (image + 1) % batch).collect();
    let rolled = Rearrangement::take(&shape, 0, &next).map_err(|error| GraphError::Option {
        option: "augmentation",
        got: error.to_string(),
        expected: "images that can be put in another order",
    })?;
    builder.rearrange(name, rolled, vec![x])
}

/// The type in which the host sends images, where the chip augments them.
pub(super) fn sent_as(options: &TrainingOptions, stated: ElementType) -> ElementType {
    if options.augmentation.is_some() {
        options.image_type
    } else {
        stated
    }
}
