//! Parameters: made up, and folded as the graph's batch norms are.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use tilesim_graph::{Graph, NormKind, OpKind, TensorKind};

use crate::{Tensor, Tensors};

/// Parameters and statistics of a graph, drawn from a seed: the same on every machine.
///
/// Weights are uniform with variance 2 / fan-in (He et al. 2015), scales and variances lie around 1, shifts and means around 0.
pub fn seeded_weights(graph: &Graph, seed: u64) -> Tensors {
    let mut random = Random::new(seed);
    let tensors = graph.tensors.iter().enumerate();
    tensors
        .filter(|(_, tensor)| matches!(tensor.kind, TensorKind::Parameter | TensorKind::Statistic))
        .map(|(id, tensor)| {
            let (centre, spread) = distribution(graph, id, &tensor.shape);
            let values = (0..tensor.elements())
                .map(|_| centre + spread * random.symmetric())
                .collect();
            let shape = tensor.shape.clone();
            (tensor.name.clone(), Tensor { shape, values })
        })
        .collect()
}

/// Inputs of a graph, uniform in −1 … 1, drawn from a seed.
pub fn seeded_inputs(graph: &Graph, seed: u64) -> Tensors {
    let mut random = Random::new(seed);
    graph
        .inputs
        .iter()
        .map(|id| {
            let tensor = graph.tensor(*id);
            let values = (0..tensor.elements()).map(|_| random.symmetric()).collect();
            let shape = tensor.shape.clone();
            (tensor.name.clone(), Tensor { shape, values })
        })
        .collect()
}

/// Centre and half width of the distribution of a parameter.
fn distribution(graph: &Graph, id: usize, shape: &[u64]) -> (f32, f32) {
    let reader = graph.ops.iter().find_map(|op| {
        let place = op.inputs.iter().position(|input| input.0 as usize == id)?;
        Some((op, place))
    });
    if shape.len() > 1 {
        let fan_in: u64 = shape[1..].iter().product();
        // A uniform distribution of half width w has variance w² / 3.
        return (0.0, (6.0 / fan_in.max(1) as f32).sqrt());
    }
    let around_one = match reader {
        Some((op, place)) => match &op.kind {
            OpKind::Norm(norm) => matches!(
                norm.parameter_roles().get(place - 1),
                Some(&("gamma" | "variance"))
            ),
            OpKind::ProxyActivation(_) => place == 2 || place == 4,
            _ => false,
        },
        None => false,
    };
    if around_one { (1.0, 0.25) } else { (0.0, 0.1) }
}

/// Parameters of the graph that [`tilesim_graph::fold_batch_norm`] makes of `graph`, from those of `graph`.
///
/// With scale s = γ / √(variance + ε) of each output channel, weights become s · w and the bias s · (b − mean) + β.
pub fn fold_batch_norm(graph: &Graph, folded: &Graph, weights: &Tensors) -> Tensors {
    let mut result = weights.clone();
    for op in &folded.ops {
        let Some(original) = graph.ops.iter().find(|other| other.name == op.name) else {
            continue;
        };
        if original.output == op.output && graph.tensor(original.output).name == folded.tensor(op.output).name
        {
            continue;
        }
        let norm = graph.ops.iter().find_map(|other| match &other.kind {
            OpKind::Norm(norm)
                if norm.kind == NormKind::Batch && other.inputs.first() == Some(&original.output) =>
            {
                Some((norm, other))
            }
            _ => None,
        });
        let (Some((norm, norm_op)), Some(&weight), Some(&bias)) = (norm, op.inputs.get(1), op.inputs.get(2))
        else {
            continue;
        };
        let role = |wanted: &str| {
            let place = norm.parameter_roles().iter().position(|role| *role == wanted)?;
            let tensor = graph.tensor(*norm_op.inputs.get(1 + place)?);
            weights.get(&tensor.name)
        };
        let of = |tensor: Option<&Tensor>, channel: usize, otherwise: f32| {
            f64::from(
                tensor
                    .and_then(|tensor| tensor.values.get(channel))
                    .copied()
                    .unwrap_or(otherwise),
            )
        };
        let channels = folded.tensor(bias).elements() as usize;
        let scale = |channel: usize| {
            let deviation = (of(role("variance"), channel, 1.0) + norm.epsilon).sqrt();
            of(role("gamma"), channel, 1.0) / deviation
        };
        let bias_before = original
            .inputs
            .get(2)
            .and_then(|bias| weights.get(&graph.tensor(*bias).name));
        let values = (0..channels)
            .map(|channel| {
                let centred = of(bias_before, channel, 0.0) - of(role("mean"), channel, 0.0);
                (scale(channel) * centred + of(role("beta"), channel, 0.0)) as f32
            })
            .collect();
        if let Some(weight) = result.get_mut(&folded.tensor(weight).name) {
            for (channel, values) in by_out_channel(&op.kind, channels, &mut weight.values) {
                let scale = scale(channel);
                for value in values {
                    *value = (f64::from(*value) * scale) as f32;
                }
            }
        }
        let shape = folded.tensor(bias).shape.clone();
        result.insert(folded.tensor(bias).name.clone(), Tensor { shape, values });
    }
    result
}

/// Weights in runs of one output channel, with the channel of each.
fn by_out_channel<'a>(
    kind: &OpKind,
    channels: usize,
    weights: &'a mut [f32],
) -> impl Iterator<Item = (usize, &'a mut [f32])> {
    // Those of a transposed convolution are `[C_in, C_out / groups, kernel…]`.
    let (group_out, group_in, runs) = match kind {
        OpKind::ConvolutionInputGradient(forward) => (
            forward.in_channels_per_group as usize,
            forward.out_channels_per_group as usize,
            (forward.out_channels() * forward.in_channels_per_group) as usize,
        ),
        _ => (channels, usize::MAX, channels),
    };
    let length = weights.len() / runs.max(1);
    let runs = weights.chunks_mut(length.max(1)).enumerate();
    runs.map(move |(run, values)| {
        let (row, own) = (run / group_out.max(1), run % group_out.max(1));
        (row / group_in.max(1) * group_out + own, values)
    })
}

/// Random numbers.
struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform in −1 … 1.
    fn symmetric(&mut self) -> f32 {
        // 24 bits are what a float holds exactly.
        (self.0.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}
