//! The operators of ONNX that are imported, a row each. Rows of a kind stand in the file of that kind; this joins them.

use super::{
    choice, constants, convolution, einsum, elementwise, functions, linear, local_response, movement, norm,
    operator::{OnnxOperator, OnnxSupport},
    pool, reduction, resize, several, shape, softmax, transposed,
};
use crate::fold;

/// The rows, kind by kind. Within a kind they ascend by name.
const KINDS: [&[OnnxOperator]; 17] = [
    choice::OPERATORS,
    constants::OPERATORS,
    convolution::OPERATORS,
    einsum::OPERATORS,
    elementwise::OPERATORS,
    functions::OPERATORS,
    linear::OPERATORS,
    local_response::OPERATORS,
    movement::OPERATORS,
    norm::OPERATORS,
    pool::OPERATORS,
    reduction::OPERATORS,
    resize::OPERATORS,
    several::OPERATORS,
    shape::OPERATORS,
    softmax::OPERATORS,
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
