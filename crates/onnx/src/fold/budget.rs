//! What may be computed for a file.

use crate::{
    OnnxError,
    constant::element_count,
    limits::{MAX_DIMENSIONS, MAX_FOLDED_NUMBERS, MAX_INTEGERS},
    node::Node,
};

/// What may still be computed: the sum over a file is bounded, whatever its nodes ask for.
#[derive(Debug)]
pub(crate) struct Budget(u64);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_FOLDED_NUMBERS)
    }
}

impl Budget {
    /// Takes the elements of a result from the budget, before there is one.
    pub(crate) fn take(&mut self, node: Node, shape: &[u64], integers: bool) -> Result<usize, OnnxError> {
        let elements = element_count(shape)
            .filter(|_| shape.len() <= MAX_DIMENSIONS)
            .filter(|&elements| !integers || elements <= MAX_INTEGERS)
            .and_then(|elements| Some((elements, self.0.checked_sub(elements.max(1))?)));
        let Some((elements, left)) = elements else {
            return Err(node.unsupported(
                format!("a constant of shape {shape:?}"),
                format!("{MAX_INTEGERS} whole numbers, {MAX_FOLDED_NUMBERS} numbers in all"),
            ));
        };
        self.0 = left;
        Ok(elements as usize)
    }
}
