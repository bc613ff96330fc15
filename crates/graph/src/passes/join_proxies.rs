//! The proxies of all proxy-normalised activations of a graph, worked out at once.

use crate::{
    ElementType, Graph, Layer, LayerId, LayerKind, Op, OpKind, Phase, ProxyActivation, Tensor, TensorId,
};

/// Works out proxy statistics, and gradients through them, over the channels of all layers one after the other (Masters et al.
/// 2021: once in each update, inside the optimiser, over all channels of a pipeline stage).
///
/// Nothing else changes: what an operator put out for its own layer is a slice of what the joined one puts out.
pub fn join_proxies(graph: &mut Graph) {
    for (name, statistics) in [
        ("proxies/gradients", gradient as fn(&OpKind) -> _),
        ("proxies/statistics", forward),
    ] {
        let mut from = 0;
        let mut functions = 0;
        while let Some(members) = next_members(graph, statistics, from) {
            from = if members.len() > 1 && are_known(graph, &members) {
                functions += 1;
                // Names are unique, whatever the number of functions.
                let name = match functions {
                    1 => name.to_owned(),
                    more => format!("{name}/{more}"),
                };
                // The members have moved behind the operators that joined them.
                join(graph, &name, &members) + 1
            } else {
                members[0] + 1
            };
        }
    }
}

const fn gradient(kind: &OpKind) -> Option<ProxyActivation> {
    match kind {
        OpKind::ProxyStatisticsGradient(activation) => Some(*activation),
        _ => None,
    }
}

const fn forward(kind: &OpKind) -> Option<ProxyActivation> {
    match kind {
        OpKind::ProxyStatistics(activation) => Some(*activation),
        _ => None,
    }
}

/// The first operator from `from` on that works out a proxy, and those after it that do it for the same function.
fn next_members(
    graph: &Graph,
    statistics: fn(&OpKind) -> Option<ProxyActivation>,
    from: usize,
) -> Option<Vec<usize>> {
    let mut members: Vec<usize> = Vec::new();
    let mut first: Option<(ProxyActivation, Phase, ElementType)> = None;
    for (index, op) in graph.ops.iter().enumerate().skip(from) {
        let Some(activation) = statistics(&op.kind) else {
            continue;
        };
        let own = (activation, op.phase, graph.tensor(op.output).data_type);
        let (known, phase, data_type) = first.get_or_insert(own);
        // Whether the scale is applied here or later does not matter to it.
        let same = known.activation == activation.activation
            && known.epsilon.to_bits() == activation.epsilon.to_bits();
        if same && *phase == own.1 && *data_type == own.2 {
            members.push(index);
        }
    }
    (!members.is_empty()).then_some(members)
}

/// Whether what all of them read is there before the first.
fn are_known(graph: &Graph, members: &[usize]) -> bool {
    let between = members[0]..=members[members.len() - 1];
    let made: Vec<TensorId> = graph.ops[between].iter().map(|op| op.output).collect();
    let mut read = members.iter().flat_map(|&index| &graph.ops[index].inputs);
    !read.any(|id| made.contains(id))
}

/// Joins operators; the index of the joined one.
fn join(graph: &mut Graph, name: &str, members: &[usize]) -> usize {
    let first = graph.ops[members[0]].clone();
    let layer = LayerId(graph.layers.len() as u32);
    graph.layers.push(Layer {
        name: name.to_owned(),
        block: graph.layer(first.layer).block.clone(),
        kind: LayerKind::Elementwise,
    });
    let output = graph.tensor(first.output).clone();
    let rows = output.shape[0];
    let channels: Vec<u64> = members
        .iter()
        .map(|&index| graph.tensor(graph.ops[index].output).shape[1])
        .collect();
    let total = channels.iter().sum();
    let operands = members.iter().map(|&index| graph.ops[index].inputs.len()).max();

    let mut joining = Joining {
        layer,
        phase: first.phase,
        ops: Vec::new(),
        like: output,
    };
    let mut inputs = Vec::new();
    for operand in 0..operands.unwrap_or(0) {
        let mut parts = Vec::new();
        for (&index, &size) in members.iter().zip(&channels) {
            let given = graph.ops[index].inputs.get(operand).copied();
            let part = given.unwrap_or_else(|| {
                // A gradient that nothing gives is none.
                let name = format!("{}/operand{operand}/zero", graph.ops[index].name);
                joining.op(graph, name, OpKind::Fill { value: 0.0 }, Vec::new(), &[size])
            });
            parts.push(part);
        }
        let name = format!("{name}/operand{operand}");
        inputs.push(joining.op(graph, name, OpKind::Concat { axis: 0 }, parts, &[total]));
    }
    let joined = joining.op(graph, name.to_owned(), first.kind, inputs, &[rows, total]);
    let mut start = 0;
    for (&index, &size) in members.iter().zip(&channels) {
        let member = &mut graph.ops[index];
        member.kind = OpKind::Slice { axis: 1, start, size };
        member.inputs = vec![joined];
        start += size;
    }
    let place = members[0];
    let count = joining.ops.len();
    graph.ops.splice(place..place, joining.ops);
    place + count
}

/// Operators that join others.
struct Joining {
    layer: LayerId,
    phase: Phase,
    ops: Vec<Op>,
    /// What their results are like, but for name and shape.
    like: Tensor,
}

impl Joining {
    fn op(
        &mut self,
        graph: &mut Graph,
        name: String,
        kind: OpKind,
        inputs: Vec<TensorId>,
        shape: &[u64],
    ) -> TensorId {
        let output = TensorId(graph.tensors.len() as u32);
        graph.tensors.push(Tensor {
            name: name.clone(),
            shape: shape.to_vec(),
            ..self.like.clone()
        });
        self.ops.push(Op {
            name,
            layer: self.layer,
            kind,
            inputs,
            output,
            phase: self.phase,
        });
        output
    }
}
