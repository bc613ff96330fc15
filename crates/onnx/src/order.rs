//! An order in which the nodes can run.

use std::collections::{BTreeMap, BTreeSet};

use super::{OnnxError, node::Node};

/// The nodes so that each stands after those that it reads, otherwise as in the file.
///
/// `known` says which values need none of the nodes: inputs and initialisers.
pub(super) fn topological<'a>(
    nodes: &[Node<'a>],
    known: impl Fn(&str) -> bool,
) -> Result<Vec<Node<'a>>, OnnxError> {
    let mut producers: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for output in node.proto.output.iter().filter(|output| !output.is_empty()) {
            if known(output) || producers.insert(output, index).is_some() {
                return Err(OnnxError::Duplicate {
                    value: output.clone(),
                });
            }
        }
    }
    let mut readers = vec![Vec::new(); nodes.len()];
    let mut waiting = vec![0_usize; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for input in node.reads() {
            if let Some(&producer) = producers.get(input) {
                readers[producer].push(index);
                waiting[index] += 1;
            } else if !known(input) {
                return Err(OnnxError::Undefined {
                    reader: node.name().to_owned(),
                    value: input.to_owned(),
                });
            }
        }
    }
    // The smallest index first: a sorted file keeps its order.
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|&index| waiting[index] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(index) = ready.pop_first() {
        order.push(nodes[index]);
        for &reader in &readers[index] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    match (0..nodes.len()).find(|&index| waiting[index] > 0) {
        Some(index) => Err(OnnxError::Cycle {
            node: nodes[index].name().to_owned(),
        }),
        None => Ok(order),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::NodeProto;

    fn node(name: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
        NodeProto {
            name: Some(name.to_owned()),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: outputs.iter().map(|&output| output.to_owned()).collect(),
            ..NodeProto::default()
        }
    }

    fn order(nodes: &[NodeProto]) -> Result<Vec<String>, OnnxError> {
        let nodes: Vec<Node> = nodes.iter().map(|proto| Node { proto, opset: 17 }).collect();
        let order = topological(&nodes, |name| name == "x")?;
        Ok(order.iter().map(|node| node.name().to_owned()).collect())
    }

    #[test]
    fn readers_stand_after_producers() {
        let nodes = [node("b", &["y"], &["z"]), node("a", &["x", ""], &["y"])];
        assert_eq!(order(&nodes).expect("an order"), ["a", "b"]);
    }

    #[test]
    fn what_has_no_order_is_an_error() {
        let cycle = [node("a", &["z"], &["y"]), node("b", &["y"], &["z"])];
        assert!(matches!(order(&cycle), Err(OnnxError::Cycle { .. })));
        let itself = [node("a", &["y"], &["y"])];
        assert!(matches!(order(&itself), Err(OnnxError::Cycle { node }) if node == "a"));
        let undefined = [node("a", &["nothing"], &["y"])];
        assert!(matches!(order(&undefined), Err(OnnxError::Undefined { .. })));
        let twice = [node("a", &["x"], &["y"]), node("b", &["x"], &["y"])];
        assert!(matches!(order(&twice), Err(OnnxError::Duplicate { value }) if value == "y"));
        let input = [node("a", &["x"], &["x"])];
        assert!(matches!(order(&input), Err(OnnxError::Duplicate { .. })));
    }
}
