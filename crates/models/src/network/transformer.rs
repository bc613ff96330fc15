//! Vision transformers (Dosovitskiy et al. 2021, arXiv 2010.11929) and BERT (Devlin et al. 2019, arXiv 1810.04805).
//!
//! Tokens are rows, `[N·T, C]`, for norms, perceptrons and residuals.

mod encoder;
mod heads;

use tilesim_graph::{
    Activation, Binary, Graph, LayerKind, NormKind, OpKind, Rearrangement, RearrangementError, SliceRange,
    TensorId,
};

use super::{
    blocks::{NetworkBuilder, Style},
    limits,
};
use crate::{
    ActivationName, BertSpec, ModelError, NormGroupingName, NormName, VisionTransformerSpec,
    family::{BertFamily, EncoderVariant, Family, VisionTransformerFamily, variant},
};
use encoder::{Encoder, NormPlace};

/// Channels, patches and a class token; norms before attention and perceptron; the class token alone is classified.
pub(super) fn vision(spec: &VisionTransformerSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = VisionTransformerFamily::load()?;
    let variant = variant(&family.variants, &spec.variant)?;
    let sizes = EncoderVariant {
        layers: spec.layers.unwrap_or(variant.layers),
        width: variant.width,
        hidden: variant.hidden,
        heads: spec.heads.unwrap_or(variant.heads),
    };
    let resolution = limits::size("resolution", spec.resolution)?;
    let patch = limits::size("patch", spec.patch.unwrap_or(variant.patch))?;
    if patch > resolution {
        return Err(ModelError::Value {
            field: "patch",
            got: patch.to_string(),
            expected: format!("at most the {resolution} pixels of an image"),
        });
    }
    let style = style(spec.activation, family.norm_epsilon);
    let (mut network, image) = NetworkBuilder::new(name, style, batch, resolution)?;
    let convolution = network.over(image, sizes.width, patch).strided(patch);
    let field: u64 = convolution.output().iter().product();
    network.operators().layer("stem", "block0", LayerKind::Conv);
    let patches = network.biased_convolution("stem", convolution, image)?;
    let tokens = with_class_token(&mut network, patches, [batch, field, sizes.width])?;
    let encoder = Encoder::new(sizes, [batch, field + 1], NormPlace::Before)?;
    let mut rows = positioned(&mut network, tokens, [batch, field + 1, sizes.width])?;
    for layer in 1..=encoder.sizes.layers {
        rows = encoder.layer(&mut network, &format!("block{layer}"), rows)?;
    }
    network
        .operators()
        .layer("Top/norm", "Top", LayerKind::Elementwise);
    let rows = network.plain_norm("Top/norm/norm", rows)?;
    let class = first_tokens(&mut network, rows, [batch, field + 1, sizes.width])?;
    let classes = limits::size("num_classes", spec.num_classes)?;
    let logits = network.fully_connected("Top", "logits", class, classes, LayerKind::FullyConnected)?;
    network.finish(logits)
}

/// Norms behind attention and perceptron, with their residuals; the first token goes through a layer with tanh to the classes.
pub(super) fn bert(spec: &BertSpec, name: String, batch: u64) -> Result<Graph, ModelError> {
    let family = BertFamily::load()?;
    let variant = *variant(&family.variants, &spec.variant)?;
    let sizes = EncoderVariant {
        layers: spec.layers.unwrap_or(variant.layers),
        heads: spec.heads.unwrap_or(variant.heads),
        ..variant
    };
    let sequence = limits::size("sequence", spec.sequence)?;
    let style = style(spec.activation, family.norm_epsilon);
    let shape = [batch, sequence, sizes.width];
    let (mut network, embeddings) = NetworkBuilder::over_input(name, style, "embeddings", &shape)?;
    let encoder = Encoder::new(sizes, [batch, sequence], NormPlace::Behind)?;
    network
        .operators()
        .layer("embeddings", "block0", LayerKind::Elementwise);
    let rows = [batch * sequence, sizes.width];
    let rows = network
        .operators()
        .reshape("embeddings/rows", embeddings, &rows)?;
    let mut rows = network.plain_norm("embeddings/norm", rows)?;
    for layer in 1..=encoder.sizes.layers {
        rows = encoder.layer(&mut network, &format!("block{layer}"), rows)?;
    }
    let first = first_tokens(&mut network, rows, shape)?;
    let pooled = network.fully_connected("Top", "pooler", first, sizes.width, LayerKind::FullyConnected)?;
    let pooled = network
        .operators()
        .activation("Top/pooler/activation", Activation::Tanh, pooled)?;
    let classes = limits::size("num_classes", spec.num_classes)?;
    let logits = network.fully_connected("Top", "logits", pooled, classes, LayerKind::FullyConnected)?;
    network.finish(logits)
}

fn style(activation: ActivationName, norm_epsilon: f64) -> Style {
    Style {
        norm: NormName {
            kind: NormKind::LAYER,
            proxy: false,
        },
        norm_grouping: NormGroupingName::default(),
        activation,
        norm_epsilon,
        proxy_epsilon: norm_epsilon,
    }
}

/// `[N, C, h, w]` as tokens behind the class token, `[N, 1 + h·w, C]`. The class token is one parameter for all images.
fn with_class_token(
    network: &mut NetworkBuilder,
    patches: TensorId,
    [batch, field, width]: [u64; 3],
) -> Result<TensorId, ModelError> {
    network
        .operators()
        .layer("tokens", "block0", LayerKind::Rearrangement);
    let class = network
        .operators()
        .parameter("tokens/class_token", vec![1, 1, width])?;
    let class = heads::moved(
        network,
        "tokens/class",
        Rearrangement::expand(&[1, 1, width], &[batch, 1, width]),
        vec![class],
    )?;
    let by = as_tokens(network.operators().shape(patches));
    let last = heads::moved(network, "tokens/patches", by, vec![patches])?;
    heads::moved(
        network,
        "tokens/joined",
        Rearrangement::concat(&[&[batch, 1, width], &[batch, field, width]], 1),
        vec![class, last],
    )
}

/// `[N, C, h, w]` as `[N, h·w, C]`.
fn as_tokens(image: &[u64]) -> Result<Rearrangement, RearrangementError> {
    let last = Rearrangement::transpose(image, &[0, 2, 3, 1])?;
    let flat = match *last.shape().as_slice() {
        [images, height, width, channels] => {
            Rearrangement::reshape(&last.shape(), &[images, height * width, channels])?
        }
        _ => Vec::new(),
    };
    // Dimensions that become one go with any transposition.
    Ok(flat.first().and_then(|flat| last.then(flat)).unwrap_or(last))
}

/// Tokens with their learned positions, as rows.
fn positioned(
    network: &mut NetworkBuilder,
    tokens: TensorId,
    [batch, count, width]: [u64; 3],
) -> Result<TensorId, ModelError> {
    let operators = network.operators();
    operators.layer("positions", "block0", LayerKind::Elementwise);
    let positions = operators.parameter("positions/embedding", vec![1, count, width])?;
    let sum = operators.binary("positions/sum", Binary::Add, tokens, positions)?;
    Ok(operators.reshape("positions/rows", sum, &[batch * count, width])?)
}

/// The first token of every sequence, `[N, C]`.
fn first_tokens(
    network: &mut NetworkBuilder,
    rows: TensorId,
    [batch, count, width]: [u64; 3],
) -> Result<TensorId, ModelError> {
    network
        .operators()
        .layer("Top/first", "Top", LayerKind::Rearrangement);
    let shape = [batch, count, width];
    let tokens = network.operators().reshape("Top/first/tokens", rows, &shape)?;
    let mut ranges = shape.map(SliceRange::whole);
    ranges[1].count = 1;
    let first = heads::moved(
        network,
        "Top/first/slice",
        Rearrangement::slice(&shape, &ranges),
        vec![tokens],
    )?;
    Ok(network
        .operators()
        .stated_op("Top/first/rows", OpKind::Reshape, vec![first], &[batch, width])?)
}
