//! What the chip does to images before the network sees them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the chip does to images before the network sees them: it casts them, subtracts a mean and multiplies by an inverse deviation for each
/// channel, and then mixes them as stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Whether every image becomes a weighted mean of itself and the next one.
    pub mixup: bool,
    /// Whether a patch of every image is taken from the next one.
    pub cutmix: bool,
}
