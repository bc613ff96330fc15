//! Statistics of norms: mean first, then the variance of what has been centred for it alone (the stable algorithm of PopLibs
//! `Norms.cpp`).

use std::slice;

use tilesim_graph::{Norm, NormGrouping, NormKind, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Work,
    vertex::vector::{BinaryOp, ReduceOp},
    work::{Channels, VectorKernel, VectorWork},
};

use super::{
    elementwise::Chain,
    reduce::{Results, joins_groups, reduce_jointly},
};
use crate::{
    context::{Context, Statistics, cast},
    layout::{self, Layout, Value},
};

/// Statistics are accumulated in floats, whatever the data.
const PRECISE: ElementType = ElementType::F32;

/// Bytes of statistics of groups that rest on a tile: a store of the data path.
const STATISTICS_BYTES: u64 = 8;

/// Which elements share a statistic.
pub(super) struct Sharing {
    /// Shape of the statistics. Of strided groups there is one for every group, which repeats along the channels; of contiguous
    /// groups one for every channel.
    pub(super) shape: Vec<u64>,
    /// Channels that share one.
    channels: Channels,
    /// Where the statistics come to lie, and in which slot of so many tiles.
    layout: Layout,
    slot: u64,
    /// Elements that share one, over all replicas that take it together.
    pub(super) elements: u64,
    /// Neighbouring replicas that take it together.
    replicas: u32,
}

impl Sharing {
    /// The elements of a tensor of `shape` that share a statistic of a norm, which is of type `data`.
    ///
    /// Over one group the tiles reduce channels too. Over several, the partial results of a group's channels are joined on the tile,
    /// or else where the group's results lie.
    pub(super) fn new(context: &mut Context, kind: NormKind, shape: &[u64], data: ElementType) -> Self {
        let (samples, channels) = (shape[0], shape.get(1).copied().unwrap_or(1));
        let positions: u64 = shape.iter().skip(2).product();
        let mut shared = vec![1; shape.len()];
        let (joined, block, elements) = match kind {
            NormKind::Batch | NormKind::CurrentBatch => {
                shared[1] = channels;
                (Channels::Runs(1), 1, samples * positions)
            }
            NormKind::Group { groups, grouping } => {
                shared[0] = samples;
                let size = channels.div_ceil(groups);
                let elements = positions * size;
                match grouping {
                    _ if groups <= 1 => (Channels::Runs(1), 1, elements),
                    // Every channel is a group.
                    _ if size == 1 => {
                        shared[1] = channels;
                        (Channels::Runs(1), 1, elements)
                    }
                    NormGrouping::Contiguous => {
                        shared[1] = channels;
                        (Channels::Runs(size), size, elements)
                    }
                    NormGrouping::Strided => {
                        shared[1] = groups;
                        let block = (STATISTICS_BYTES / data.bytes()).max(1);
                        (Channels::Modulo(groups), block, elements)
                    }
                }
            }
        };
        let replicas = match kind {
            NormKind::CurrentBatch => context.options.batch_norms.replicas.max(1),
            NormKind::Batch | NormKind::Group { .. } => 1,
        };
        let elements = elements * u64::from(replicas);
        let layout = layout::spread(&shared, block, context.tiles());
        let slot = context.next_results(layout.placement.grid.tiles());
        Self {
            layout: layout::moved(layout, slot),
            slot,
            shape: shared,
            channels: joined,
            elements,
            replicas,
        }
    }

    /// Adds up what each replica has of statistics; all at once, as the library's callback does (PopLibs `Norms.cpp`).
    pub(super) fn over_replicas(&self, context: &mut Context, name: &str, statistics: &[&Value]) {
        if self.replicas > 1 {
            let bytes = statistics.iter().map(|value| {
                let elements: u64 = value.shape().iter().product();
                elements * value.element_type.bytes()
            });
            let bytes = bytes.sum();
            let variables = statistics.iter().map(|value| value.variable).collect();
            let name = format!("{name} over replicas");
            context.emitter.replicas(name, self.replicas, bytes, variables);
        }
    }

    /// Sums of `values`, which lie alike, over what shares a statistic, times `scale`: one reduction of all of them.
    pub(super) fn sum(
        &self,
        context: &mut Context,
        name: &str,
        values: &[Value],
        op: ReduceOp,
        (scale, element_type): (f64, ElementType),
    ) -> Vec<Value> {
        let results = Results {
            shape: &self.shape,
            layout: &self.layout,
            element_type,
            scale,
            channels: self.channels,
        };
        let Channels::Runs(size @ 2..) = self.channels else {
            return reduce_jointly(context, name, values, op, &results);
        };
        if values.iter().all(|value| joins_groups(value, &self.shape, size)) {
            return self.sum_of_groups(context, name, values, op, &results);
        }
        // Every channel for itself, and then the channels of a group where its results lie.
        let by_channel = Results {
            element_type: PRECISE,
            channels: Channels::Runs(1),
            ..results
        };
        let sums = reduce_jointly(context, name, values, op, &by_channel);
        let join = |sum: Value| {
            context.emitter.compute(
                format!("{name} add up groups"),
                Work::Vector(VectorWork {
                    over: self.layout.placement.clone(),
                    kernel: VectorKernel::ReduceGroups {
                        op: ReduceOp::Add,
                        channels: size,
                        partials_type: PRECISE,
                        out_type: PRECISE,
                    },
                }),
                vec![sum.variable],
                vec![sum.variable],
            );
            if element_type == PRECISE {
                sum
            } else {
                cast(context, &format!("{name} sum"), &sum, element_type)
            }
        };
        sums.into_iter().map(join).collect()
    }

    /// The same where every tile joins its channels of a contiguous group before partial results meet; all channels of the group then
    /// get the result.
    fn sum_of_groups(
        &self,
        context: &mut Context,
        name: &str,
        values: &[Value],
        op: ReduceOp,
        results: &Results<'_>,
    ) -> Vec<Value> {
        let Channels::Runs(size) = self.channels else {
            return Vec::new();
        };
        let mut groups = self.shape.clone();
        groups[1] = groups[1].div_ceil(size);
        let layout = layout::moved(layout::spread(&groups, 1, context.tiles()), self.slot);
        let element_type = results.element_type;
        let of_groups = Results {
            layout: &layout,
            ..*results
        };
        let sums = reduce_jointly(context, name, values, op, &of_groups);
        let repeat = |sum: Value| {
            let variable = context.emitter.temporary(
                format!("{name}/sum of every channel"),
                &self.layout.placement,
                element_type.bytes(),
            );
            context.emitter.compute(
                format!("{name} repeat groups"),
                Work::Vector(VectorWork {
                    over: self.layout.placement.clone(),
                    kernel: VectorKernel::RepeatChannels {
                        channels: size,
                        element_type,
                    },
                }),
                vec![sum.variable],
                vec![variable],
            );
            Value {
                variable,
                layout: self.layout.clone(),
                element_type,
            }
        };
        sums.into_iter().map(repeat).collect()
    }
}

/// Whitens a chain whose value is `x`, into a tensor of its own. Its statistics are worked out unless they have been.
pub(super) fn whiten(chain: &mut Chain, x: TensorId, norm: &Norm) {
    let name = chain.name().to_owned();
    let value = chain.value().clone();
    let Some(statistics) = of(chain.context, &name, x, &value, norm) else {
        return;
    };
    chain.keep();
    let Statistics { mean, shape, .. } = &statistics;
    chain.operand("subtract mean", BinaryOp::Subtract, mean, shape);
    chain.operand(
        "divide by deviation",
        BinaryOp::Multiply,
        &statistics.inverse_deviation,
        shape,
    );
}

/// The statistics of `x`, which lies as `value`.
pub(super) fn of(
    context: &mut Context,
    name: &str,
    x: TensorId,
    value: &Value,
    norm: &Norm,
) -> Option<Statistics> {
    if let Some(statistics) = known(context, x, norm) {
        return Some(statistics);
    }
    let statistics = work_out(context, name, value, norm)?;
    context.kept.statistics.push((x, norm.kind, statistics.clone()));
    Some(statistics)
}

/// Statistics that have been worked out before.
pub(super) fn known(context: &Context, x: TensorId, norm: &Norm) -> Option<Statistics> {
    let mut kept = context.kept.statistics.iter();
    kept.find(|(of, kind, statistics)| {
        *of == x && *kind == norm.kind && statistics.epsilon.to_bits() == norm.epsilon.to_bits()
    })
    .map(|(_, _, statistics)| statistics.clone())
}

/// The same, whatever was added to the variance.
pub(super) fn known_of(context: &Context, x: TensorId, kind: NormKind) -> Option<Statistics> {
    let mut kept = context.kept.statistics.iter();
    kept.find(|(of, other, _)| *of == x && *other == kind)
        .map(|(_, _, statistics)| statistics.clone())
}

/// The mean, and the deviation of what is left without it; of batch norms perhaps over several replicas, or both in one pass.
fn work_out(context: &mut Context, name: &str, x: &Value, norm: &Norm) -> Option<Statistics> {
    let data = x.element_type;
    let sharing = Sharing::new(context, norm.kind, x.shape(), data);
    let one_pass = norm.kind == NormKind::CurrentBatch && context.options.batch_norms.one_pass;
    let scale = 1.0 / sharing.elements as f64;
    let values = slice::from_ref(x);
    let mean = sharing
        .sum(context, name, values, ReduceOp::Add, (scale, data))
        .pop()?;
    // The library hands on a copy (`Norms.cpp`, `normStatistics`).
    let mut mean = Chain::not_own(context, format!("{name} mean"), mean);
    mean.copy();
    let mean = mean.finish();
    let squares = |context: &mut Context, values: &[Value]| {
        let sums = sharing.sum(context, name, values, ReduceOp::SquareAdd, (scale, PRECISE));
        sums.into_iter().next()
    };
    let power = if one_pass {
        let square = squares(context, values)?;
        sharing.over_replicas(context, &format!("{name} mean and square"), &[&mean, &square]);
        square
    } else {
        sharing.over_replicas(context, &format!("{name} mean"), &[&mean]);
        let mut centred = Chain::not_own(context, format!("{name}/variance"), x.clone());
        centred.operand("subtract mean", BinaryOp::Subtract, &mean, &sharing.shape);
        let centred = [centred.finish()];
        let variance = squares(context, &centred)?;
        sharing.over_replicas(context, &format!("{name} variance"), &[&variance]);
        variance
    };
    let means = one_pass.then_some(&mean);
    let inverse_deviation = inverse_deviation(context, name, &power, means, norm.epsilon, data);
    Some(Statistics {
        mean,
        inverse_deviation,
        epsilon: norm.epsilon,
        shape: sharing.shape,
    })
}

/// 1 / √(variance + ε), where `power` is the variance, or with the mean beside it the mean square.
fn inverse_deviation(
    context: &mut Context,
    name: &str,
    power: &Value,
    mean: Option<&Value>,
    epsilon: f64,
    out_type: ElementType,
) -> Value {
    let variable = context.emitter.temporary(
        format!("{name}/inverse deviation"),
        power.placement(),
        out_type.bytes(),
    );
    context.emitter.compute(
        format!("{name} inverse deviation"),
        Work::Vector(VectorWork {
            over: power.placement().clone(),
            kernel: VectorKernel::InverseStandardDeviation {
                mean_type: out_type,
                power_type: PRECISE,
                out_type,
                stable: mean.is_none(),
                epsilon: Scalar::new(epsilon),
            },
        }),
        mean.into_iter()
            .chain([power])
            .map(|value| value.variable)
            .collect(),
        vec![variable],
    );
    Value {
        variable,
        layout: power.layout.clone(),
        element_type: out_type,
    }
}
