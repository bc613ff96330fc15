//! What a part of a difference is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a part of a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A cause.
    Cause,
    /// A kind of layer.
    LayerKind,
    /// A layer, or a pair of layers that correspond.
    Layer,
    /// Decision: the kernel of a convolution.
    Kernel,
    /// Decision: channels of a block.
    Grouping,
    /// Decision: what is done with a convolution before it is cut.
    Transform,
    /// Decision: how many parts a convolution is cut into along each dimension.
    Split,
    /// Decision: how its operand comes to lie, by the kernel or grouping of the layer before it.
    Layout,
    /// Decision: useful multiply-accumulates of an image.
    Work,
    /// Decision: the pipeline stage that a layer is in.
    Stage,
    /// Decision: images at a time.
    Batch,
    /// Decision: numbers of the machine.
    Machine,
    /// Decision: the norm, or what becomes of it.
    Norm,
    /// Decision: another setting of the run, the network or the system.
    Setting,
    /// A layer of the second run that has no counterpart in the first.
    Inserted,
    /// A layer of the first run that has no counterpart in the second.
    Removed,
    /// What results record is the same: the difference follows from layers around it, in a way that they do not record.
    NotRecorded,
    /// What rounding to whole cycles leaves of a cause, beside the layers. Over all causes it sums to zero.
    Rounding,
}
