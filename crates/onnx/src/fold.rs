//! Constant folding: nodes whose operands are all known, which is what shape arithmetic comes to once the input is bound.

mod array;
mod budget;
mod convert;
mod cumulative;
mod elementwise;
mod fill;
mod folding;
mod movement;
mod normalise;
mod operands;
mod places;
mod product;
mod reduce;
mod shape;

use super::{OnnxError, constant::Constant, node::Node};
pub(super) use budget::Budget;
use folding::Folding;
pub(super) use movement::{
    axis_of, counted, padding, permutation, slice_positions, slices, split_sizes, transposed_positions,
};
pub(super) use operands::{axes, dimensions, integers};
pub(super) use shape::{flatten_target, reshape_target, squeeze_target, unsqueeze_target};

/// The rows, kind by kind.
const KINDS: [&[Folding]; 10] = [
    convert::FOLDINGS,
    cumulative::FOLDINGS,
    elementwise::FOLDINGS,
    fill::FOLDINGS,
    movement::FOLDINGS,
    normalise::FOLDINGS,
    places::FOLDINGS,
    product::FOLDINGS,
    reduce::FOLDINGS,
    shape::FOLDINGS,
];

/// All operators that are computed beforehand.
pub(super) fn foldings() -> impl Iterator<Item = &'static Folding> {
    KINDS.into_iter().flatten()
}

/// The values that a node puts out, or `None` where its operator is none that is computed beforehand.
pub(super) fn evaluate(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Option<Vec<Constant>>, OnnxError> {
    let op_type = node.op_type();
    match foldings().find(|folding| folding.name == op_type) {
        Some(folding) => (folding.evaluate)(node, operands, budget).map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_one_row_and_its_versions_ascend() {
        let mut names: Vec<&str> = foldings().map(|folding| folding.name).collect();
        let rows = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), rows);
        for folding in foldings() {
            assert!(folding.versions.is_sorted_by(|a, b| a < b), "{}", folding.name);
        }
    }
}
