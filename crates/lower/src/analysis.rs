//! What lowering needs to know of a graph as a whole.

use std::collections::BTreeMap;

use tilesim_graph::{Graph, NormKind, Op, OpKind, TensorId, TensorKind};

/// Facts about the tensors of a graph, by their index.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// The operator that puts a tensor out; `None` for what the graph starts from.
    producers: Vec<Option<usize>>,
    /// The last operator that reads a tensor, or a view of it.
    last_readers: Vec<Option<usize>>,
    /// The tensor that a tensor is a view of, or itself.
    originals: Vec<usize>,
    /// Whether a tensor, or a view of it, is a result of the graph.
    results: Vec<bool>,
    /// One tensor of those that lie alike.
    kin: Vec<usize>,
    /// The new value of what lives on, by the old one.
    next: BTreeMap<TensorId, TensorId>,
    /// The old value, by the new one.
    previous: BTreeMap<TensorId, TensorId>,
    /// Whether tensors are of the types that the graph states.
    typed: bool,
}

impl Analysis {
    pub(crate) fn of(graph: &Graph) -> Self {
        let count = graph.tensors.len();
        let mut producers = vec![None; count];
        let mut originals: Vec<usize> = (0..count).collect();
        for (index, op) in graph.ops.iter().enumerate() {
            producers[at(op.output)] = Some(index);
            if let (OpKind::Reshape | OpKind::Slice { .. }, [input]) = (&op.kind, op.inputs.as_slice()) {
                originals[at(op.output)] = originals[at(*input)];
            }
        }
        let mut last_readers = vec![None; count];
        let mut results = vec![false; count];
        for (index, op) in graph.ops.iter().enumerate() {
            for id in read(graph, index, op) {
                last_readers[originals[at(id)]] = Some(index);
            }
        }
        for id in &graph.outputs {
            results[originals[at(*id)]] = true;
        }
        let state = || graph.state.iter().map(|change| (change.before, change.after));
        Self {
            kin: kin(graph),
            typed: graph.ops.iter().any(|op| matches!(op.kind, OpKind::Cast(_)))
                || graph
                    .tensors
                    .iter()
                    .any(|tensor| matches!(tensor.kind, TensorKind::Gradient | TensorKind::OptimiserState)),
            producers,
            last_readers,
            originals,
            results,
            // An accumulator changes twice in a round: gradients are added to it, and it starts anew.
            next: state().rev().collect(),
            previous: state().map(|(before, after)| (after, before)).collect(),
        }
    }

    /// The operator that puts a tensor out.
    pub(crate) fn producer(&self, tensor: TensorId) -> Option<usize> {
        self.producers[at(tensor)]
    }

    /// Whether nobody reads a tensor, or what it is a view of, after this operator.
    pub(crate) fn is_read_last_by(&self, tensor: TensorId, op: usize) -> bool {
        let original = self.originals[at(tensor)];
        !self.results[original] && self.last_readers[original].is_none_or(|last| last <= op)
    }

    /// Tensors that elementwise operators of an update join, such as a parameter, its accumulator and its slots.
    pub(crate) fn kin(&self, tensor: TensorId) -> usize {
        self.kin[at(tensor)]
    }

    /// What takes the place of a tensor first, where it lives on.
    pub(crate) fn next(&self, tensor: TensorId) -> Option<TensorId> {
        self.next.get(&tensor).copied()
    }

    /// What a tensor is the next value of.
    pub(crate) fn previous(&self, tensor: TensorId) -> Option<TensorId> {
        self.previous.get(&tensor).copied()
    }

    /// Whether tensors are of the types that the graph states; in a graph that neither casts nor trains they are of the run's.
    pub(crate) const fn states_types(&self) -> bool {
        self.typed
    }
}

const fn at(id: TensorId) -> usize {
    id.0 as usize
}

/// What an operator reads on the chip. The statistics of a norm's x are kept for its gradient.
fn read<'a>(graph: &'a Graph, index: usize, op: &'a Op) -> impl Iterator<Item = TensorId> + 'a {
    let kept = match (&op.kind, op.inputs.first()) {
        (OpKind::NormGradient(norm), Some(x)) => graph.ops[..index].iter().any(|earlier| {
            matches!(&earlier.kind, OpKind::Norm(other) | OpKind::Whiten(other) if other.kind == norm.kind && other.kind != NormKind::Batch)
                && earlier.inputs.first() == Some(x)
        }),
        _ => false,
    };
    op.inputs.iter().copied().skip(usize::from(kept))
}

fn kin(graph: &Graph) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..graph.tensors.len()).collect();
    for op in &graph.ops {
        let joins = match &op.kind {
            OpKind::ScaledAdd { .. }
            | OpKind::Scale { .. }
            | OpKind::MovingAverage { .. }
            | OpKind::OptimiserStep(_) => true,
            OpKind::Binary(_) => matches!(
                graph.tensor(op.output).kind,
                TensorKind::OptimiserState | TensorKind::Parameter
            ),
            _ => false,
        };
        let shape = &graph.tensor(op.output).shape;
        for input in op.inputs.iter().filter(|_| joins) {
            if graph.tensor(*input).shape == *shape {
                let (a, b) = (root(&parents, at(*input)), root(&parents, at(op.output)));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
    (0..parents.len()).map(|tensor| root(&parents, tensor)).collect()
}

fn root(parents: &[usize], mut tensor: usize) -> usize {
    while parents[tensor] != tensor {
        tensor = parents[tensor];
    }
    tensor
}
