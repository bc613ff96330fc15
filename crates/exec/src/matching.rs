//! The parameters of one network found among those of another, by their names or by their places in the structure.

use std::collections::BTreeMap;

use tilesim_graph::{Binary, Graph, Op, OpId, OpKind, TensorId, TensorKind};

use crate::{Tensor, Tensors};

/// A tensor as far as it takes part in matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<u64>,
}

/// Why tensors do not match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatchError {
    /// What stands in the place of a parameter has another shape.
    #[error("parameter `{}` is {:?}, but in its place stands `{}`, which is {:?}", wanted.name, wanted.shape, offered.name, offered.shape)]
    Shape {
        /// The parameter.
        wanted: Described,
        /// What stands in its place.
        offered: Described,
    },
    /// Nothing stands in the place of a parameter.
    #[error("there is nothing for parameter `{}`, which is {:?}", wanted.name, wanted.shape)]
    Missing {
        /// The parameter.
        wanted: Described,
    },
    /// There are more tensors than parameters.
    #[error("there is no parameter for `{}`, which is {:?}", offered.name, offered.shape)]
    Unwanted {
        /// The first that is left.
        offered: Described,
    },
    /// A tensor has no values.
    #[error("`{name}` has no values")]
    NoValues {
        /// The tensor.
        name: String,
    },
}

/// For each wanted tensor the index of the offered one.
///
/// Equal names match; what is left matches in the order in which it stands. Dimensions of size 1 tell no shapes apart.
///
/// # Errors
/// The first tensor that does not match.
pub fn match_tensors(wanted: &[Described], offered: &[Described]) -> Result<Vec<usize>, MatchError> {
    let mut free: BTreeMap<usize, &Described> = offered.iter().enumerate().collect();
    let places: BTreeMap<&str, usize> = offered
        .iter()
        .enumerate()
        .map(|(place, tensor)| (tensor.name.as_str(), place))
        .collect();
    let named: Vec<Option<usize>> = wanted
        .iter()
        .map(|tensor| {
            let place = places.get(tensor.name.as_str()).copied();
            place.filter(|place| free.remove(place).is_some())
        })
        .collect();
    let mut rest = free.into_iter();
    let mut matched = Vec::with_capacity(wanted.len());
    for (tensor, named) in wanted.iter().zip(named) {
        let place = match named {
            Some(place) => place,
            None => rest
                .next()
                .map(|(place, _)| place)
                .ok_or_else(|| MatchError::Missing {
                    wanted: tensor.clone(),
                })?,
        };
        if !same_shape(&tensor.shape, &offered[place].shape) {
            return Err(MatchError::Shape {
                wanted: tensor.clone(),
                offered: offered[place].clone(),
            });
        }
        matched.push(place);
    }
    match rest.next() {
        Some((_, left)) => Err(MatchError::Unwanted {
            offered: left.clone(),
        }),
        None => Ok(matched),
    }
}

/// Whether two shapes are equal but for dimensions of size 1.
pub fn same_shape(one: &[u64], other: &[u64]) -> bool {
    fn sizes(shape: &[u64]) -> impl Iterator<Item = &u64> {
        shape.iter().filter(|size| **size != 1)
    }
    sizes(one).eq(sizes(other))
}

/// Weights that were found in another graph.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedWeights {
    /// Values by the names of the graph that they are for.
    pub weights: Tensors,
    /// Operators that read matched weights, but compute something else with them: other paddings, another epsilon. Names in the graph
    /// and in the other.
    pub differing: Vec<(String, String)>,
}

/// Values for the parameters and statistics of a graph from those of another graph of the same structure.
///
/// # Errors
/// The first parameter that the other graph has not, or has in another shape.
pub fn match_weights(graph: &Graph, other: &Graph, weights: &Tensors) -> Result<MatchedWeights, MatchError> {
    let describe = |graph: &Graph, order: &[TensorId]| -> Vec<Described> {
        let tensors = order.iter().map(|id| graph.tensor(*id));
        tensors
            .map(|tensor| Described {
                name: tensor.name.clone(),
                shape: tensor.shape.clone(),
            })
            .collect()
    };
    let (mine, theirs) = (weights_in_order(graph), weights_in_order(other));
    let wanted = describe(graph, &mine);
    let offered = describe(other, &theirs);
    let places = match_tensors(&wanted, &offered)?;
    let mut differing: Vec<(String, String)> = Vec::new();
    for (&id, &place) in mine.iter().zip(&places) {
        if let (Some(op), Some(counterpart)) = (reader(graph, id), reader(other, theirs[place]))
            && !computes_the_same(&op.kind, &counterpart.kind)
        {
            let names = (op.name.clone(), counterpart.name.clone());
            if !differing.contains(&names) {
                differing.push(names);
            }
        }
    }
    let weights = wanted
        .into_iter()
        .zip(places)
        .map(|(wanted, place)| {
            let name = &offered[place].name;
            let values = weights
                .get(name)
                .ok_or_else(|| MatchError::NoValues { name: name.clone() })?;
            let tensor = Tensor {
                shape: wanted.shape,
                values: values.values.clone(),
            };
            Ok((wanted.name, tensor))
        })
        .collect::<Result<_, _>>()?;
    Ok(MatchedWeights { weights, differing })
}

/// The first operator that reads a tensor.
fn reader(graph: &Graph, id: TensorId) -> Option<&Op> {
    graph.ops.iter().find(|op| op.inputs.contains(&id))
}

/// Whether two operators are equal, up to how exactly files state numbers.
fn computes_the_same(one: &OpKind, other: &OpKind) -> bool {
    match (one, other) {
        (OpKind::Norm(one), OpKind::Norm(other)) => {
            one.kind == other.kind && (one.epsilon - other.epsilon).abs() <= 1e-6 * one.epsilon
        }
        // A product with the one position there is.
        (OpKind::FullyConnected, OpKind::Convolution(convolution))
        | (OpKind::Convolution(convolution), OpKind::FullyConnected) => {
            convolution.output().iter().all(|size| *size == 1)
        }
        _ => one == other,
    }
}

/// Parameters and statistics in the order in which a walk from the outputs back, operands first, comes to their readers.
///
/// Operands of a sum or product come in the order of the weights on their longest paths, most first, so that neither the order in
/// which a file lists its nodes nor that of the operands counts.
fn weights_in_order(graph: &Graph) -> Vec<TensorId> {
    let producers: BTreeMap<TensorId, usize> = graph
        .ops
        .iter()
        .enumerate()
        .map(|(index, op)| (op.output, index))
        .collect();
    let is_weight = |id: TensorId| {
        matches!(
            graph.tensor(id).kind,
            TensorKind::Parameter | TensorKind::Statistic
        )
    };
    let mut depths: Vec<u64> = Vec::with_capacity(graph.ops.len());
    let depth_of = |depths: &[u64], id: TensorId| {
        producers
            .get(&id)
            .and_then(|producer| depths.get(*producer))
            .copied()
            .unwrap_or(0)
    };
    for op in &graph.ops {
        let own = u64::from(op.inputs.iter().any(|id| is_weight(*id)));
        let deepest = op.inputs.iter().map(|id| depth_of(&depths, *id)).max();
        depths.push(own + deepest.unwrap_or(0));
    }
    let mut order = Vec::new();
    let mut visited = vec![false; graph.ops.len()];
    let mut seen = vec![false; graph.tensors.len()];
    // Operators to enter, and to leave once their operands have been walked.
    let mut stack: Vec<(usize, bool)> = graph
        .outputs
        .iter()
        .rev()
        .filter_map(|id| producers.get(id))
        .map(|op| (*op, false))
        .collect();
    while let Some((index, walked)) = stack.pop() {
        let op = graph.op(OpId(index as u32));
        if walked {
            for &id in &op.inputs {
                if is_weight(id) && !std::mem::replace(&mut seen[id.0 as usize], true) {
                    order.push(id);
                }
            }
            continue;
        }
        if std::mem::replace(&mut visited[index], true) {
            continue;
        }
        stack.push((index, true));
        let mut operands = op.inputs.clone();
        if matches!(op.kind, OpKind::Binary(Binary::Add | Binary::Multiply)) {
            operands.sort_by_key(|id| std::cmp::Reverse(depth_of(&depths, *id)));
        }
        let producers = operands.iter().rev().filter_map(|id| producers.get(id));
        stack.extend(producers.map(|producer| (*producer, false)));
    }
    order
}

#[cfg(test)]
mod tests {
    use tilesim_graph::{Activation, ElementType, GraphBuilder, GraphError, LayerKind};

    use super::*;

    fn described(name: &str, shape: &[u64]) -> Described {
        Described {
            name: name.to_owned(),
            shape: shape.to_vec(),
        }
    }

    #[test]
    fn names_come_before_order() {
        let wanted = [
            described("a", &[4, 3]),
            described("b", &[4]),
            described("c", &[4]),
        ];
        let offered = [
            described("x", &[4]),
            described("b", &[4, 1]),
            described("a", &[4, 3, 1, 1]),
        ];
        assert_eq!(match_tensors(&wanted, &offered), Ok(vec![2, 1, 0]));
    }

    #[test]
    fn the_first_that_does_not_match_is_named() {
        let wanted = [described("a", &[4, 3]), described("b", &[5])];
        let offered = [described("x", &[4, 3]), described("y", &[6])];
        assert_eq!(
            match_tensors(&wanted, &offered),
            Err(MatchError::Shape {
                wanted: described("b", &[5]),
                offered: described("y", &[6]),
            })
        );
        assert_eq!(
            match_tensors(&wanted, &offered[..1]),
            Err(MatchError::Missing {
                wanted: described("b", &[5])
            })
        );
        assert_eq!(
            match_tensors(&wanted[..1], &offered),
            Err(MatchError::Unwanted {
                offered: described("y", &[6])
            })
        );
        assert!(same_shape(&[], &[1, 1]) && !same_shape(&[2, 3], &[3, 2]));
    }

    /// Two branches that are added, stated in either order.
    fn branches(swapped: bool) -> Result<Graph, GraphError> {
        let mut builder = GraphBuilder::new("branches", ElementType::F32);
        builder.layer("layer", "block", LayerKind::Conv);
        let x = builder.input("x", vec![2, 3], ElementType::F32)?;
        let mut results = Vec::new();
        let long = ["first", "second"].as_slice();
        let short = ["shortcut"].as_slice();
        for names in if swapped { [short, long] } else { [long, short] } {
            let mut y = x;
            for name in names {
                let weights = builder.parameter(format!("{name}/weights"), vec![3, 3])?;
                y = builder.fully_connected(*name, y, weights, None)?;
                y = builder.activation(format!("{name}/activation"), Activation::Relu, y)?;
            }
            results.push(y);
        }
        let sum = builder.binary("sum", Binary::Add, results[0], results[1])?;
        builder.finish(vec![sum])
    }

    #[test]
    fn branches_match_whatever_their_order() {
        let names = |swapped| {
            let graph = branches(swapped).expect("a graph");
            let order = weights_in_order(&graph);
            order
                .iter()
                .map(|id| graph.tensor(*id).name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(false),
            ["first/weights", "second/weights", "shortcut/weights"]
        );
        assert_eq!(names(true), names(false));
    }
}
