//! What a row of the table of operators says.

use super::translator::Translator;
use crate::{OnnxError, fold, node::Node};

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
