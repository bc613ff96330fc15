//! How much memory an execution takes: a network of a few bytes may ask for more values than any host holds.

use std::collections::HashMap;

use tilesim_exec::Footprint;
use tilesim_graph::{Graph, TensorId};
use tilesim_program::Program;

use crate::Error;

/// Bytes of a value that is computed with, and of one that is evaluated plainly.
const SINGLE: u64 = 4;
const DOUBLE: u64 = 8;

/// Tensors that an error names.
const NAMED: usize = 3;

/// The memory that executing a network takes where nobody says: half of what the host has.
pub fn usual_memory_limit() -> u64 {
    tilesim_files::host_memory() / 2
}

/// Memory that an execution may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemoryLimit {
    bytes: u64,
    /// Whether the results of all operators are kept, evaluated plainly too.
    all_kept: bool,
}

/// Elements of a graph's tensors.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    /// Those of inputs and parameters.
    fed: u64,
    /// The most that are needed at once: what is fed, and results from their operator to the last that reads them.
    at_once: u64,
    /// All.
    together: u64,
}

impl Held {
    fn of(graph: &Graph) -> Self {
        let elements = |id: TensorId| elements(graph, id);
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
            fed,
            at_once,
            together: results
                .values()
                .fold(fed, |sum, &elements| sum.saturating_add(elements)),
        }
    }

    /// Bytes for inputs and parameters: as they are given, and while norms are folded into them once more.
    fn fed_bytes(&self) -> u64 {
        self.fed.saturating_mul(2 * SINGLE)
    }

    /// Bytes of a plain evaluation of all operators, and of its results.
    fn evaluated_bytes(&self) -> u64 {
        self.together.saturating_mul(DOUBLE)
    }
}

impl MemoryLimit {
    /// At most so many bytes, or as many as are usual; `all_kept` where the result of every operator is kept and compared.
    pub(super) fn new(bytes: Option<u64>, all_kept: bool) -> Self {
        Self {
            bytes: bytes.unwrap_or_else(usual_memory_limit),
            all_kept,
        }
    }

    /// Checks that the values of a graph take no more, however its operators lie on tiles.
    ///
    /// # Errors
    /// Where they do, with its largest tensors.
    pub(super) fn check_graph(self, graph: &Graph) -> Result<(), Error> {
        let held = Held::of(graph);
        let evaluated = if self.all_kept { held.evaluated_bytes() } else { 0 };
        let needed = held.at_once.saturating_mul(SINGLE).max(evaluated);
        self.check(needed, || {
            let ids = (0u32..).map(TensorId).take(graph.tensors.len());
            ids.map(|id| {
                let bytes = elements(graph, id).saturating_mul(SINGLE);
                (graph.tensor(id).name.clone(), bytes)
            })
            .collect()
        })
    }

    /// Checks that executing the program of a graph takes no more: what the tiles hold at any step, beside what is fed and kept.
    ///
    /// # Errors
    /// Where it does, with what takes the most.
    pub(super) fn check_program(self, graph: &Graph, program: &Program) -> Result<(), Error> {
        let held = Held::of(graph);
        let footprint = Footprint::of(program);
        let fed = held.fed_bytes();
        let (evaluated, kept) = if self.all_kept {
            (held.evaluated_bytes(), held.together.saturating_mul(SINGLE))
        } else {
            (0, 0)
        };
        let needed = fed
            .saturating_add(kept)
            .saturating_add(footprint.bytes)
            .max(fed.saturating_add(evaluated));
        self.check(needed, || footprint.held)
    }

    fn check(self, needed: u64, tensors: impl FnOnce() -> Vec<(String, u64)>) -> Result<(), Error> {
        if needed <= self.bytes {
            return Ok(());
        }
        let mut largest = tensors();
        largest.sort_by(|(_, one), (_, other)| other.cmp(one));
        largest.truncate(NAMED);
        Err(Error::ExecutionMemory {
            needed,
            limit: self.bytes,
            largest,
        })
    }
}

fn elements(graph: &Graph, id: TensorId) -> u64 {
    let sizes = graph.tensor(id).shape.iter();
    sizes.fold(1, |product: u64, &size| product.saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tilesim_graph::{Activation, ElementType, LayerId, Op, OpKind, Phase, Tensor, TensorKind};

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
                fed: 4,
                at_once: 4 + 8 + 2,
                together: 17
            }
        );
        let mut twice = chain(&[4, 8, 2, 3]);
        twice.ops[2].inputs.push(TensorId(1));
        assert_eq!(Held::of(&twice).at_once, 4 + 8 + 2 + 3);
    }

    #[test]
    fn what_is_beyond_the_limit_is_an_error_that_names_the_largest() {
        let graph = chain(&[1, 3, 2]);
        let limit = |bytes, all_kept| MemoryLimit::new(Some(bytes), all_kept).check_graph(&graph);
        assert!(limit(4 * 6, false).is_ok());
        match limit(4 * 6 - 1, false) {
            Err(Error::ExecutionMemory {
                needed,
                limit,
                largest,
            }) => {
                assert_eq!((needed, limit), (24, 23));
                assert_eq!(largest[0], ("1".to_owned(), 12));
            }
            other => panic!("{other:?}"),
        }
        assert!(limit(8 * 6, true).is_ok());
        assert!(limit(8 * 6 - 1, true).is_err());
        // More than 64 bits count.
        let huge = chain(&[u64::MAX, 2]);
        assert!(MemoryLimit::new(None, false).check_graph(&huge).is_err());
    }
}
