//! Layers: the unit in which costs are reported.

use tilesim_terms::LayerKind;

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Name, such as `block2a/b`.
    pub name: String,
    /// Block, such as `block2a`.
    pub block: String,
    /// Kind.
    pub kind: LayerKind,
}
