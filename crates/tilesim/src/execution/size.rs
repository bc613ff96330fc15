//! How much an execution holds: a network of a few bytes may ask for more values than any host has memory for.

use std::collections::HashMap;

use tilesim_graph::{Graph, TensorId};

use crate::Error;

/// Elements that are held at once at most: 2 GiB of floats, more than the memory of any machine that is described. Copies on their way
/// between tiles and partial sums come on top.
const MOST_AT_ONCE: u64 = 1 << 29;

/// Elements of all tensors together at most where each is kept for the comparison of every operator: 8 GiB of floats.
const MOST_KEPT: u64 = 1 << 31;

/// Elements of a graph's tensors.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    /// The most that are needed at once: what is fed, and results from their operator to the last that reads them.
    at_once: u64,
    /// All.
    together: u64,
}

impl Held {
    fn of(graph: &Graph) -> Self {
        let elements = |id: TensorId| {
            let sizes = graph.tensor(id).shape.iter();
            sizes.fold(1, |product: u64, &size| product.saturating_mul(size))
        };
        let results: HashMap<TensorId, u64> = graph
            .ops
            .iter()
            .map(|op| (op.output, elements(op.output)))
            .collect();
        let ids = (0u32..).map(TensorId).take(graph.tensors.len());
        let fed = ids
            .filter(|id| !results.contains_key(id))
            .fold(0, |sum: u64, id| sum.saturating_add(elements(id)));
        let mut last_reader = HashMap::new();
        for (index, op) in graph.ops.iter().enumerate() {
            last_reader.extend(op.inputs.iter().map(|&input| (input, index)));
        }
        for &output in &graph.outputs {
            last_reader.remove(&output);
        }
        let (mut now, mut at_once) = (fed, fed);
        for (index, op) in graph.ops.iter().enumerate() {
            now = now.saturating_add(results[&op.output]);
            at_once = at_once.max(now);
            let mut inputs = op.inputs.clone();
            inputs.sort_unstable();
            inputs.dedup();
            for input in inputs
                .iter()
                .filter(|input| last_reader.get(input) == Some(&index))
            {
                now = now.saturating_sub(results.get(input).copied().unwrap_or(0));
            }
        }
        Self {
            at_once,
            together: results
                .values()
                .fold(fed, |sum, &elements| sum.saturating_add(elements)),
        }
    }
}

/// Checks that a host can hold the values of a graph while it is executed; `all_kept` where the result of every operator is kept.
///
/// # Errors
/// Where it holds too many, with their number.
pub(super) fn check(graph: &Graph, all_kept: bool) -> Result<(), Error> {
    let held = Held::of(graph);
    if held.at_once > MOST_AT_ONCE {
        return Err(Error::ExecutionSize {
            elements: held.at_once,
            held: "at once",
            most: MOST_AT_ONCE,
        });
    }
    if all_kept && held.together > MOST_KEPT {
        return Err(Error::ExecutionSize {
            elements: held.together,
            held: "to compare every operator",
            most: MOST_KEPT,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Held, MOST_AT_ONCE, MOST_KEPT, check};
    use crate::Error;
    use tilesim_graph::{
        Activation, ElementType, Graph, LayerId, Op, OpKind, Phase, Tensor, TensorId, TensorKind,
    };

    /// A chain of operators over tensors of so many elements, the first fed and the last the output.
    fn chain(sizes: &[u64]) -> Graph {
        let mut graph = Graph::default();
        for (index, &size) in sizes.iter().enumerate() {
            let id = |index: usize| TensorId(index as u32);
            graph.tensors.push(Tensor {
                name: index.to_string(),
                shape: vec![1, size],
                data_type: ElementType::F32,
                kind: TensorKind::Activation,
            });
            if index > 0 {
                graph.ops.push(Op {
                    name: index.to_string(),
                    layer: LayerId(0),
                    kind: OpKind::Activation(Activation::Relu),
                    inputs: vec![id(index - 1)],
                    output: id(index),
                    phase: Phase::Forward,
                });
            }
        }
        graph.outputs = vec![TensorId(sizes.len() as u32 - 1)];
        graph
    }

    #[test]
    fn results_are_held_until_their_last_reader() {
        let held = Held::of(&chain(&[4, 8, 2, 3]));
        assert_eq!(
            held,
            Held {
                at_once: 4 + 8 + 2,
                together: 17
            }
        );
        let mut twice = chain(&[4, 8, 2, 3]);
        twice.ops[2].inputs.push(TensorId(1));
        assert_eq!(Held::of(&twice).at_once, 4 + 8 + 2 + 3);
    }

    #[test]
    fn what_no_host_holds_is_an_error() {
        assert!(check(&chain(&[1, MOST_AT_ONCE - 1]), true).is_ok());
        let error = check(&chain(&[1, MOST_AT_ONCE]), false);
        assert!(
            matches!(error, Err(Error::ExecutionSize { elements, most, .. }) if elements == most + 1),
            "{error:?}"
        );
        assert!(check(&chain(&[u64::MAX, 2]), false).is_err());
        let long = chain(&[MOST_AT_ONCE / 4; 17]);
        assert!(check(&long, false).is_ok());
        assert!(matches!(check(&long, true), Err(Error::ExecutionSize { most, .. }) if most == MOST_KEPT));
    }
}
