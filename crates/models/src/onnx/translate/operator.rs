//! The operators of ONNX that are imported, a row each. Rows of a kind stand in the file of that kind; this joins them.

use super::{
    constants, convolution, elementwise, linear, local_response, norm, pool, resize, shape,
    translator::Translator, transposed,
};
use crate::onnx::{OnnxError, fold, node::Node};

pub(super) use super::translator::Value;

/// Translates a node of an operator: its first output. What a node puts out besides, it
/// [states](Translator::put_out).
pub(super) type Translate = for<'a> fn(&mut Translator<'a>, Node<'a>) -> Result<Value, OnnxError>;

/// An operator of ONNX that is imported, with what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct OnnxOperator {
    /// Its name in the domain `ai.onnx`.
    pub name: &'static str,
    /// Versions of the operator set in which its operands, attributes or meaning changed as far as importing it goes,
    /// ascending. It means the same in all others.
    pub versions: &'static [i64],
    /// What becomes of one whose operands are computed from the inputs.
    pub support: OnnxSupport,
    /// What is taken, in a few words; empty where it is all that the standard says.
    pub limits: &'static str,
    pub(super) translate: Translate,
}

/// What becomes of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnnxSupport {
    /// It is computed beforehand, from constants and shapes alone.
    Folded,
    /// It is timed, and executed with real numbers.
    Inference,
    /// It is timed, executed, and differentiated.
    Training,
}

impl OnnxOperator {
    /// Whether it is computed beforehand where its operands are constants, or their shapes are all that it needs.
    pub fn is_folded(&self) -> bool {
        self.support == OnnxSupport::Folded || fold::foldings().any(|folding| folding.name == self.name)
    }
}

impl OnnxSupport {
    /// Whether `tilesim run` computes it.
    pub const fn is_executed(self) -> bool {
        !matches!(self, Self::Folded)
    }

    /// Whether it has a cost in cycles.
    pub const fn is_timed(self) -> bool {
        !matches!(self, Self::Folded)
    }

    /// Whether it has a gradient.
    pub const fn is_trained(self) -> bool {
        matches!(self, Self::Training)
    }
}

/// The rows, kind by kind. Within a kind they ascend by name.
const KINDS: [&[OnnxOperator]; 10] = [
    constants::OPERATORS,
    convolution::OPERATORS,
    elementwise::OPERATORS,
    linear::OPERATORS,
    local_response::OPERATORS,
    norm::OPERATORS,
    pool::OPERATORS,
    resize::OPERATORS,
    shape::OPERATORS,
    transposed::OPERATORS,
];

/// The operators of ONNX that are imported, by name; those that are computed beforehand alone among them.
pub fn operators() -> Vec<OnnxOperator> {
    let mut operators = KINDS.concat();
    for folding in fold::foldings().filter(|folding| named(folding.name).is_none()) {
        operators.push(OnnxOperator {
            name: folding.name,
            versions: folding.versions,
            support: OnnxSupport::Folded,
            limits: "shapes and constants",
            translate: |_, node| Err(node.unsupported("a tensor", "shapes and constants")),
        });
    }
    operators.sort_unstable_by_key(|operator| operator.name);
    operators
}

/// The row of an operator.
pub(super) fn named(name: &str) -> Option<&'static OnnxOperator> {
    KINDS.into_iter().flatten().find(|operator| operator.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_one_row_and_its_versions_ascend() {
        let operators = operators();
        assert!(operators.is_sorted_by(|a, b| a.name < b.name));
        for kind in KINDS {
            assert!(kind.is_sorted_by_key(|operator| operator.name));
        }
        for operator in operators {
            assert!(operator.versions.is_sorted_by(|a, b| a < b), "{}", operator.name);
            assert!(!operator.versions.is_empty(), "{}", operator.name);
        }
    }
}
