//! A row of the table of what is computed beforehand.

use super::budget::Budget;
use crate::onnx::{OnnxError, constant::Constant, node::Node};

/// Computes what a node puts out from its operands.
pub(super) type Evaluate =
    for<'n> fn(Node<'n>, &[Option<&Constant>], &mut Budget) -> Result<Vec<Constant>, OnnxError>;

/// An operator that is computed beforehand where its operands are known.
#[derive(Debug, Clone, Copy)]
pub(in crate::onnx) struct Folding {
    /// Its name.
    pub(in crate::onnx) name: &'static str,
    /// Versions of the operator set in which its operands, attributes or meaning changed.
    pub(in crate::onnx) versions: &'static [i64],
    pub(super) evaluate: Evaluate,
}

/// A row.
pub(super) const fn row(name: &'static str, versions: &'static [i64], evaluate: Evaluate) -> Folding {
    Folding {
        name,
        versions,
        evaluate,
    }
}
