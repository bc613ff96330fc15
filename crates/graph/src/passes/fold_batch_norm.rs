//! Folding of batch norms into convolutions.

use crate::{Graph, NormKind, Op, OpId, OpKind, Tensor, TensorId, TensorKind};

/// The graph with every batch norm that only scales and shifts a convolution's output folded into that convolution.
///
/// At inference the norm is `y = x · gamma / sqrt(variance + epsilon) + shift`: the scale goes into the weights, the shift
/// becomes the bias. A folded convolution keeps its name, puts out the norm's output, and has a bias, new if need be
/// (`<convolution>/bias`); the norm's parameters go. A norm stays where its operand has other readers, is a result of
/// the graph, or is not put out by a convolution or fully connected layer. Nothing else changes.
#[must_use]
pub fn fold_batch_norm(graph: &Graph) -> Graph {
    let folds = find_folds(graph);
    let norm_of = |op: usize| folds.iter().find(|fold| fold.producer == op);
    let mut folded = graph.clone();
    folded.ops.clear();
    for (index, op) in graph.ops.iter().enumerate() {
        if folds.iter().any(|fold| fold.norm == index) {
            continue;
        }
        let mut op = op.clone();
        if let Some(fold) = norm_of(index) {
            fold_into(graph, &mut folded, &mut op, &graph.ops[fold.norm]);
        }
        folded.ops.push(op);
    }
    without_unused_tensors(graph, folded)
}

/// A norm and the operator that it folds into, as indices of operators.
struct Fold {
    producer: usize,
    norm: usize,
}

fn find_folds(graph: &Graph) -> Vec<Fold> {
    let producers = producers(graph);
    let mut readers = vec![0_u32; graph.tensors.len()];
    for id in graph.ops.iter().flat_map(|op| &op.inputs).chain(&graph.outputs) {
        readers[id.0 as usize] += 1;
    }
    graph
        .ops
        .iter()
        .enumerate()
        .filter(|(_, op)| matches!(&op.kind, OpKind::Norm(norm) if norm.kind == NormKind::Batch))
        .filter_map(|(norm, op)| {
            let x = op.inputs.first()?.0 as usize;
            let producer = producers[x].filter(|_| readers[x] == 1)?.0 as usize;
            // Shared weights cannot take two scales.
            let weights = graph.ops[producer].inputs.get(1)?.0 as usize;
            let foldable = matches!(
                graph.ops[producer].kind,
                OpKind::Convolution(_) | OpKind::ConvolutionInputGradient(_) | OpKind::FullyConnected
            ) && graph.ops[producer].inputs[1..]
                .iter()
                .all(|id| readers[id.0 as usize] == 1)
                && graph.tensors[weights].kind == TensorKind::Parameter;
            foldable.then_some(Fold { producer, norm })
        })
        .collect()
}

fn producers(graph: &Graph) -> Vec<Option<OpId>> {
    let mut producers = vec![None; graph.tensors.len()];
    for (index, op) in graph.ops.iter().enumerate() {
        producers[op.output.0 as usize] = Some(OpId(index as u32));
    }
    producers
}

fn fold_into(graph: &Graph, folded: &mut Graph, op: &mut Op, norm: &Op) {
    op.output = norm.output;
    if op.inputs.len() > 2 {
        return;
    }
    let channels = graph.tensor(norm.output).shape.get(1).copied().unwrap_or(1);
    let data_type = op
        .inputs
        .get(1)
        .map_or(graph.tensor(norm.output).data_type, |&w| {
            graph.tensor(w).data_type
        });
    let id = TensorId(folded.tensors.len() as u32);
    folded.tensors.push(Tensor {
        name: format!("{}/bias", op.name),
        shape: vec![channels],
        data_type,
        kind: TensorKind::Parameter,
    });
    op.inputs.push(id);
}

/// Drops the tensors that only the original used, and numbers the others anew.
fn without_unused_tensors(original: &Graph, mut graph: Graph) -> Graph {
    let used = |graph: &Graph| {
        let mut used = vec![false; graph.tensors.len()];
        let operands = graph
            .ops
            .iter()
            .flat_map(|op| op.inputs.iter().chain([&op.output]));
        for id in operands.chain(&graph.inputs).chain(&graph.outputs) {
            used[id.0 as usize] = true;
        }
        used
    };
    let before = used(original);
    let now = used(&graph);
    let mut new_ids = vec![TensorId(0); graph.tensors.len()];
    let mut kept = Vec::new();
    for (index, tensor) in graph.tensors.drain(..).enumerate() {
        if now[index] || before.get(index) == Some(&false) {
            new_ids[index] = TensorId(kept.len() as u32);
            kept.push(tensor);
        }
    }
    graph.tensors = kept;
    let renumber = |id: &mut TensorId| *id = new_ids[id.0 as usize];
    for op in &mut graph.ops {
        op.inputs.iter_mut().for_each(renumber);
        renumber(&mut op.output);
    }
    graph.inputs.iter_mut().for_each(renumber);
    graph.outputs.iter_mut().for_each(renumber);
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Convolution, ElementType, GraphBuilder, GraphError, LayerKind, Norm};

    /// A convolution, a batch norm and swish; `also_out` makes the convolution's output a result too.
    fn graph(also_out: bool, bias: bool) -> Result<Graph, GraphError> {
        let mut builder = GraphBuilder::new("test", ElementType::F16);
        builder.layer("stem", "block0", LayerKind::Conv);
        let x = builder.input("x", vec![1, 3, 8, 8], ElementType::F16)?;
        let convolution = Convolution::new(1, 3, 4, &[8, 8], &[3, 3]).same_padded();
        let weights = builder.parameter("weights", convolution.weight_shape())?;
        let bias = if bias {
            Some(builder.parameter("bias", vec![4])?)
        } else {
            None
        };
        let y = builder.convolution("conv", convolution, x, weights, bias)?;
        let norm = Norm {
            kind: NormKind::Batch,
            epsilon: 1e-3,
            gamma: true,
            beta: true,
        };
        let parameters = [
            builder.parameter("gamma", vec![4])?,
            builder.parameter("beta", vec![4])?,
            builder.statistic("mean", vec![4])?,
            builder.statistic("variance", vec![4])?,
        ];
        let z = builder.norm("norm", norm, y, &parameters)?;
        let swish = builder.activation("swish", Activation::Swish, z)?;
        builder.finish(if also_out { vec![swish, y] } else { vec![swish] })
    }

    #[test]
    fn a_batch_norm_becomes_the_bias() {
        let folded = fold_batch_norm(&graph(false, false).expect("a graph"));
        let kinds: Vec<bool> = folded
            .ops
            .iter()
            .map(|op| matches!(op.kind, OpKind::Norm(_)))
            .collect();
        assert_eq!(kinds, [false, false]);
        let convolution = &folded.ops[0];
        assert_eq!(folded.tensor(convolution.inputs[2]).name, "conv/bias");
        assert_eq!(folded.tensor(convolution.inputs[2]).shape, [4]);
        assert_eq!(convolution.output, folded.ops[1].inputs[0]);
        let names: Vec<&str> = folded.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["x", "weights", "norm", "swish", "conv/bias"]);
        assert_eq!(folded.tensor(folded.outputs[0]).name, "swish");
    }

    #[test]
    fn a_bias_is_kept() {
        let folded = fold_batch_norm(&graph(false, true).expect("a graph"));
        assert_eq!(folded.tensor(folded.ops[0].inputs[2]).name, "bias");
    }

    #[test]
    fn a_norm_of_a_result_stays() {
        let graph = graph(true, false).expect("a graph");
        assert_eq!(fold_batch_norm(&graph), graph);
    }

    #[test]
    fn folding_twice_changes_nothing() {
        let once = fold_batch_norm(&graph(false, false).expect("a graph"));
        assert_eq!(fold_batch_norm(&once), once);
    }
}
