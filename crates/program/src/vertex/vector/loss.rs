//! The loss.

use tilesim_machine::ElementType;

/// Cross entropy of every class and its gradient with respect to the logits, from probabilities and expected labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CrossEntropyVertex {
    /// Type of probabilities and gradients.
    pub element_type: ElementType,
    /// Elements on the tile: samples × classes.
    pub elements: u64,
}
