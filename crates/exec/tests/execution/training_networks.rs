//! Small networks to be trained.

use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormKind,
    OpKind, Pool, PoolKind, ProxyActivation, TensorId,
};

/// Norms that train, and none.
pub(crate) const NORMS: [Option<NormKind>; 5] = [
    None,
    Some(NormKind::LAYER),
    Some(NormKind::contiguous(4)),
    Some(NormKind::strided(4)),
    Some(NormKind::Batch),
];

const BATCH: u64 = 3;
const CLASSES: u64 = 5;

fn convolution(
    builder: &mut GraphBuilder,
    name: &str,
    x: TensorId,
    (out_channels, kernel, stride, groups): (u64, u64, u64, u64),
) -> Result<TensorId, GraphError> {
    let shape = builder.shape(x).to_vec();
    let convolution = Convolution::new(shape[0], shape[1], out_channels, &shape[2..], &[kernel, kernel])
        .strided(stride)
        .padded(kernel / 2)
        .grouped(groups)
        .expect("groups divide the channels");
    let weights = builder.parameter(format!("{name}/weights"), convolution.weight_shape())?;
    builder.convolution(name, convolution, x, weights, None)
}

fn norm(builder: &mut GraphBuilder, name: &str, x: TensorId, kind: NormKind) -> Result<TensorId, GraphError> {
    let channels = builder.shape(x)[1];
    let norm = Norm {
        kind,
        epsilon: 1e-3,
        gamma: true,
        beta: true,
    };
    let mut parameters = vec![
        builder.parameter(format!("{name}/gamma"), vec![channels])?,
        builder.parameter(format!("{name}/beta"), vec![channels])?,
    ];
    if kind == NormKind::Batch {
        parameters.push(builder.statistic(format!("{name}/mean"), vec![channels])?);
        parameters.push(builder.statistic(format!("{name}/variance"), vec![channels])?);
    }
    builder.norm(name, norm, x, &parameters)
}

/// The mean over space, and a classifier.
fn classified(mut builder: GraphBuilder, x: TensorId) -> Result<Graph, GraphError> {
    let channels = builder.shape(x)[1];
    let mean = builder.global_average_pool("mean", x)?;
    let flat = builder.reshape("flat", mean, &[BATCH, channels])?;
    let weights = builder.parameter("classifier/weights", vec![CLASSES, channels])?;
    let bias = builder.parameter("classifier/bias", vec![CLASSES])?;
    let logits = builder.fully_connected("logits", flat, weights, Some(bias))?;
    builder.finish(vec![logits])
}

/// Strided and grouped convolutions, norms, an activation, a gate, a residual addition and pools.
pub(crate) fn small(kind: Option<NormKind>, activation: Activation) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("small", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let input = builder.input("image", vec![BATCH, 3, 14, 14], ElementType::F16)?;
    let mut x = convolution(&mut builder, "stem", input, (8, 3, 2, 1))?;
    if let Some(kind) = kind {
        x = norm(&mut builder, "stem norm", x, kind)?;
    }
    x = builder.activation("stem activation", activation, x)?;
    let shortcut = x;
    x = convolution(&mut builder, "expand", x, (16, 1, 1, 1))?;
    if let Some(kind) = kind {
        x = norm(&mut builder, "expand norm", x, kind)?;
    }
    x = builder.activation("expand activation", activation, x)?;
    x = convolution(&mut builder, "grouped", x, (16, 3, 1, 4))?;
    let squeezed = builder.global_average_pool("squeeze", x)?;
    let gate = convolution(&mut builder, "excite", squeezed, (16, 1, 1, 1))?;
    let gate = builder.activation("gate", Activation::Sigmoid, gate)?;
    x = builder.binary("gated", Binary::Multiply, x, gate)?;
    x = convolution(&mut builder, "project", x, (8, 1, 1, 1))?;
    x = builder.binary("residual", Binary::Add, x, shortcut)?;
    let pool = Pool::new(PoolKind::Average, &[2, 2], &[2, 2]);
    x = builder.pool("pool", pool, x)?;
    classified(builder, x)
}

/// A convolution and a pool whose windows reach over the edges.
pub(crate) fn pooled(kind: PoolKind, count_include_pad: bool) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("pooled", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let input = builder.input("image", vec![BATCH, 3, 11, 11], ElementType::F16)?;
    let x = convolution(&mut builder, "stem", input, (12, 3, 1, 1))?;
    let mut pool = Pool::new(kind, &[3, 3], &[2, 2]).padded(&[1, 0], &[1, 1]);
    pool.count_include_pad = count_include_pad;
    let x = builder.pool("pool", pool, x)?;
    classified(builder, x)
}

/// Layer norms and proxy-normalised activations behind each other, which apply their scales or leave them to others.
pub(crate) fn proxies(scales: &[bool]) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("proxy", ElementType::F16);
    let whitening = Norm {
        kind: NormKind::LAYER,
        epsilon: 1e-3,
        gamma: false,
        beta: false,
    };
    builder.layer("layer", "block", LayerKind::Conv);
    let mut x = builder.input("image", vec![BATCH, 3, 10, 10], ElementType::F16)?;
    for (index, &scale) in scales.iter().enumerate() {
        // Layers of different sizes.
        let channels = 12 - 5 * index as u64;
        let name = |what: &str| format!("{what}{index}");
        if index > 0 {
            builder.layer(name("layer"), name("block"), LayerKind::Conv);
        }
        x = convolution(&mut builder, &name("stem"), x, (channels, 3, 1, 1))?;
        x = builder.norm(name("norm"), whitening, x, &[])?;
        let mut parameters = vec![x];
        for role in ["beta", "gamma"] {
            parameters.push(builder.parameter(format!("activation{index}/{role}"), vec![channels])?);
        }
        for role in ["proxy mean", "proxy inverse deviation"] {
            parameters.push(builder.statistic(format!("activation{index}/{role}"), vec![channels])?);
        }
        let activation = ProxyActivation {
            activation: Activation::Swish,
            scale,
            epsilon: 0.03,
        };
        x = builder.op(
            name("activation"),
            OpKind::ProxyActivation(activation),
            parameters,
        )?;
    }
    classified(builder, x)
}
