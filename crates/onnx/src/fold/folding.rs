//! A row of the table of what is computed beforehand.

use super::budget::Budget;
use crate::{OnnxError, constant::Constant, node::Node};

/// Computes what a node puts out from its operands.
pub(super) type Evaluate =
    for<'n> fn(Node<'n>, &[Option<&Constant>], &mut Budget) -> Result<Vec<Constant>, OnnxError>;

/// An operator that is computed beforehand where its operands are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folding {
    /// Its name.
    pub(crate) name: &'static str,
    /// Versions of the operator set in which its operands, attributes or meaning changed.
    pub(crate) versions: &'static [i64],
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
