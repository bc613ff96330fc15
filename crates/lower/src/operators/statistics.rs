//! Statistics of norms: mean first, then the variance of what has been centred (the stable algorithm of PopLibs `Norms.cpp`).

use tilesim_graph::{Norm, NormKind, TensorId};
use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Work,
    vertex::vector::{BinaryOp, ReduceOp},
    work::{VectorKernel, VectorWork},
};

use super::{
    elementwise::Chain,
    reduce::{Results, joins_groups, reduce},
};
use crate::{
    context::{Context, Statistics, cast},
    layout::{self, Layout, Value},
};

/// Statistics are accumulated in floats, whatever the data.
const PRECISE: ElementType = ElementType::F32;

/// Which elements share a statistic.
pub(super) struct Sharing {
    /// Shape of the statistics.
    pub(super) shape: Vec<u64>,
    /// Channels that share one; all of them have the result.
    group: u64,
    /// Where the statistics come to lie, and in which slot of so many tiles.
    layout: Layout,
    slot: u64,
    /// Elements that share one, over all replicas that take it together.
    pub(super) elements: u64,
    /// Neighbouring replicas that take it together.
    replicas: u32,
}

impl Sharing {
    /// The elements of a tensor of `shape` that share a statistic of a norm.
    ///
    /// Over one group the tiles reduce channels too. Over several, the partial results of a group's channels are joined on the tile,
    /// or else where the group's results lie.
    pub(super) fn new(context: &mut Context, kind: NormKind, shape: &[u64]) -> Self {
        let (samples, channels) = (shape[0], shape.get(1).copied().unwrap_or(1));
        let positions: u64 = shape.iter().skip(2).product();
        let mut shared = vec![1; shape.len()];
        let (group, elements) = match kind {
            NormKind::Batch | NormKind::CurrentBatch => {
                shared[1] = channels;
                (1, samples * positions)
            }
            NormKind::Group { groups } => {
                shared[0] = samples;
                let group = channels.div_ceil(groups);
                if groups > 1 {
                    shared[1] = channels;
                    (group, positions * group)
                } else {
                    (1, positions * channels)
                }
            }
        };
        let replicas = match kind {
            NormKind::CurrentBatch => context.options.batch_norms.replicas.max(1),
            NormKind::Batch | NormKind::Group { .. } => 1,
        };
        let elements = elements * u64::from(replicas);
        let layout = layout::spread(&shared, group, context.tiles());
        let slot = context.next_results(layout.placement.grid.tiles());
        Self {
            layout: layout::moved(layout, slot),
            slot,
            shape: shared,
            group,
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

    /// Sums of `value` over what shares a statistic, times `scale`, in floats.
    pub(super) fn sum(
        &self,
        context: &mut Context,
        name: &str,
        value: &Value,
        op: ReduceOp,
        scale: f64,
    ) -> Option<Value> {
        if self.group > 1 && joins_groups(value, &self.shape, self.group) {
            return self.sum_of_groups(context, name, value, op, scale);
        }
        let results = Results {
            shape: &self.shape,
            layout: &self.layout,
            element_type: PRECISE,
            scale,
            group: 1,
        };
        let sum = reduce(context, name, value, op, &results)?;
        if self.group > 1 {
            context.emitter.compute(
                format!("{name} add up groups"),
                Work::Vector(VectorWork {
                    over: self.layout.placement.clone(),
                    kernel: VectorKernel::ReduceGroups {
                        op: ReduceOp::Add,
                        channels: self.group,
                        partials_type: PRECISE,
                        out_type: PRECISE,
                    },
                }),
                vec![sum.variable],
                vec![sum.variable],
            );
        }
        Some(sum)
    }

    /// The same where every tile joins its channels of a group before partial results meet; all channels of the group then get
    /// the result.
    fn sum_of_groups(
        &self,
        context: &mut Context,
        name: &str,
        value: &Value,
        op: ReduceOp,
        scale: f64,
    ) -> Option<Value> {
        let mut groups = self.shape.clone();
        groups[1] = groups[1].div_ceil(self.group);
        let layout = layout::moved(layout::spread(&groups, 1, context.tiles()), self.slot);
        let results = Results {
            shape: &self.shape,
            layout: &layout,
            element_type: PRECISE,
            scale,
            group: self.group,
        };
        let sum = reduce(context, name, value, op, &results)?;
        let variable = context.emitter.temporary(
            format!("{name}/sum of every channel"),
            &self.layout.placement,
            PRECISE.bytes(),
        );
        context.emitter.compute(
            format!("{name} repeat groups"),
            Work::Vector(VectorWork {
                over: self.layout.placement.clone(),
                kernel: VectorKernel::RepeatChannels {
                    channels: self.group,
                    element_type: PRECISE,
                },
            }),
            vec![sum.variable],
            vec![variable],
        );
        Some(Value {
            variable,
            layout: self.layout.clone(),
            element_type: PRECISE,
        })
    }
}

/// Whitens a chain whose value is `x`. Its statistics are worked out unless they have been.
pub(super) fn whiten(chain: &mut Chain, x: TensorId, norm: &Norm) {
    let known = known(chain.context, x, norm);
    let statistics = match known {
        Some(statistics) => {
            let Statistics { mean, shape, .. } = &statistics;
            chain.operand("subtract mean", BinaryOp::Subtract, mean, shape);
            statistics
        }
        None => match centre(chain, norm) {
            Some(statistics) => {
                let kept = &mut chain.context.kept.statistics;
                kept.push((x, norm.kind, statistics.clone()));
                statistics
            }
            None => return,
        },
    };
    chain.operand(
        "divide by deviation",
        BinaryOp::Multiply,
        &statistics.inverse_deviation,
        &statistics.shape,
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
    let mut chain = Chain::not_own(context, name.to_owned(), value.clone());
    let statistics = centre(&mut chain, norm)?;
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

/// Subtracts the mean, and works out the deviation of the rest.
fn centre(chain: &mut Chain, norm: &Norm) -> Option<Statistics> {
    let name = chain.name().to_owned();
    let data = chain.value().element_type;
    let shape = chain.value().shape().to_vec();
    let sharing = Sharing::new(chain.context, norm.kind, &shape);
    let one_pass = norm.kind == NormKind::CurrentBatch && chain.context.options.batch_norms.one_pass;
    let scale = 1.0 / sharing.elements as f64;
    let x = chain.value().clone();
    let mean = sharing.sum(chain.context, &name, &x, ReduceOp::Add, scale)?;
    let mean = if data == PRECISE {
        mean
    } else {
        cast(chain.context, &format!("{name} mean"), &mean, data)
    };
    let power = if one_pass {
        let square = sharing.sum(chain.context, &name, &x, ReduceOp::SquareAdd, scale)?;
        sharing.over_replicas(
            chain.context,
            &format!("{name} mean and square"),
            &[&mean, &square],
        );
        chain.operand("subtract mean", BinaryOp::Subtract, &mean, &sharing.shape);
        square
    } else {
        sharing.over_replicas(chain.context, &format!("{name} mean"), &[&mean]);
        chain.operand("subtract mean", BinaryOp::Subtract, &mean, &sharing.shape);
        let centred = chain.value().clone();
        let variance = sharing.sum(chain.context, &name, &centred, ReduceOp::SquareAdd, scale)?;
        sharing.over_replicas(chain.context, &format!("{name} variance"), &[&variance]);
        variance
    };
    let means = one_pass.then_some(&mean);
    let inverse_deviation = inverse_deviation(chain.context, &name, &power, means, norm.epsilon, data);
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
