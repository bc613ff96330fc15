//! Names of layers and blocks, from the names that exporters give to parameters and nodes.

use std::collections::{BTreeMap, BTreeSet};

use tilesim_graph::OpKind;

use super::{is_product, operator};
use crate::network::{Network, Step};

/// Names that are taken.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: BTreeSet<String>,
    /// By name the number that the next one of the same name tries first: thousands may have one name.
    next: BTreeMap<String, u64>,
}

impl Names {
    /// The name, or one that is not taken with a number after it.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let number = self.next.entry(name.to_owned()).or_insert(2);
        loop {
            let unique = format!("{name}#{number}");
            *number += 1;
            if self.taken.insert(unique.clone()) {
                return unique;
            }
        }
    }

    /// Name and block of the layer that a step is the main operator of. A node whose name says nothing of modules belongs to the
    /// block of what it reads.
    pub(super) fn layer(
        &mut self,
        network: &Network,
        step: usize,
        block_before: Option<String>,
    ) -> (String, String) {
        let described = &network.steps[step];
        let module = weights(network, step).and_then(module_of_parameter).or_else(|| {
            module_of_node(
                described,
                has_weights(operator(network, step)) && !is_product(network, step),
            )
        });
        let (name, block) = if let Some(module) = module {
            let block = block(&module);
            (module, block)
        } else {
            let name = described.node.clone();
            let block = block_before.unwrap_or_else(|| name.clone());
            (name, block)
        };
        (self.unique(&name), block)
    }
}

/// Name of the weights.
fn weights(network: &Network, step: usize) -> Option<&str> {
    let weights = *network.steps[step].inputs.get(1)?;
    has_weights(operator(network, step))
        .then(|| network.constant(weights).map(|constant| constant.origin.as_str()))?
}

const fn has_weights(kind: Option<&OpKind>) -> bool {
    matches!(
        kind,
        Some(OpKind::Convolution(_) | OpKind::ConvolutionInputGradient(_) | OpKind::FullyConnected)
    )
}

/// `blocks.0.0.conv_dw` of `blocks.0.0.conv_dw.weight`.
fn module_of_parameter(name: &str) -> Option<String> {
    let (module, _) = name.rsplit_once('.')?;
    (!name.contains("::") && !name.contains('/') && !module.is_empty()).then(|| module.to_owned())
}

/// `blocks.0.0.conv_dw` of `/blocks/blocks.0/blocks.0.0/conv_dw/Conv`; `blocks.0.0.Add` of `/blocks/blocks.0/blocks.0.0/Add`.
fn module_of_node(step: &Step, has_weights: bool) -> Option<String> {
    let path = step.node.strip_prefix('/')?;
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if has_weights && segments.len() > 1 {
        segments.pop();
    }
    let is_named_again = |index: usize| {
        let next = segments
            .get(index + 1)
            .and_then(|next| next.strip_prefix(segments[index]));
        next.is_some_and(|rest| rest.starts_with('.'))
    };
    let kept: Vec<&str> = (0..segments.len())
        .filter(|&index| !is_named_again(index))
        .map(|index| segments[index])
        .collect();
    (!kept.is_empty()).then(|| kept.join("."))
}

/// The module up to the end of the first numbers in its path, `blocks.0.0` of `blocks.0.0.conv_dw`; without any, its first
/// part.
fn block(module: &str) -> String {
    let parts: Vec<&str> = module.split('.').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let end = match parts.iter().position(|part| is_number(part)) {
        Some(first) => first + parts[first..].iter().take_while(|part| is_number(part)).count(),
        None => 1,
    };
    parts[..end].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_with_the_first_numbers() {
        for (module, expected) in [
            ("blocks.0.0.conv_dw", "blocks.0.0"),
            ("layer1.0.downsample.0", "layer1.0"),
            ("_blocks.3._expand_conv", "_blocks.3"),
            ("conv_stem", "conv_stem"),
            ("features.2.0.block.1.0", "features.2.0"),
        ] {
            assert_eq!(block(module), expected);
        }
    }

    #[test]
    fn modules_of_nodes() {
        let module = |node: &str, kind: &OpKind| {
            let step = Step {
                node: node.to_owned(),
                op_type: String::new(),
                kind: kind.clone(),
                inputs: Vec::new(),
                shape: Vec::new(),
            };
            module_of_node(&step, has_weights(Some(kind)))
        };
        let conv = OpKind::FullyConnected;
        assert_eq!(
            module("/blocks/blocks.0/blocks.0.0/conv_dw/Conv", &conv).as_deref(),
            Some("blocks.0.0.conv_dw")
        );
        assert_eq!(
            module("/blocks/blocks.0/blocks.0.0/Add", &OpKind::Softmax { axes: 1..2 }).as_deref(),
            Some("blocks.0.0.Add")
        );
        assert_eq!(module("node_Conv_12", &conv), None);
    }

    #[test]
    fn parameters_without_modules_name_none() {
        assert_eq!(module_of_parameter("a.b.weight").as_deref(), Some("a.b"));
        assert_eq!(module_of_parameter("onnx::Conv_1.2"), None);
        assert_eq!(module_of_parameter("weight"), None);
    }

    #[test]
    fn taken_names_get_a_number() {
        let mut names = Names::default();
        assert_eq!(names.unique("a"), "a");
        assert_eq!(names.unique("a"), "a#2");
        assert_eq!(names.unique("a"), "a#3");
        assert_eq!(names.unique("b#2"), "b#2");
        assert_eq!(names.unique("b"), "b");
        assert_eq!(names.unique("b"), "b#3");
        // As many as would take hours if each tried all numbers before it.
        let last = (0..200_000).map(|_| names.unique("Relu")).last();
        assert_eq!(last.as_deref(), Some("Relu#200000"));
    }
}
