//! Why a network cannot be had.

use tilesim_graph::GraphError;
use tilesim_input::{Known, Mistakes};

/// A mistake in a specification, a setting or a name.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// No bundled network has the name.
    #[error("no bundled network is called `{name}`{known}")]
    UnknownName {
        /// The name.
        name: String,
        /// Those that there are.
        known: Known,
    },
    /// The name stands for a network that its family does not define.
    #[error("`{name}` is not defined: {reason}")]
    Undefined {
        /// The name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A specification is not the JSON that it should be.
    #[error(transparent)]
    Json(#[from] Mistakes),
    /// A family has no such variant.
    #[error("unknown variant `{variant}`{known}")]
    UnknownVariant {
        /// The variant.
        variant: String,
        /// Those that there are.
        known: Known,
    },
    /// A family has no such setting.
    #[error("unknown setting `{key}`{known}")]
    UnknownSetting {
        /// The key.
        key: String,
        /// Those that there are.
        known: Known,
    },
    /// A setting cannot have the value.
    #[error("setting `{key}`: `{value}`: {reason}")]
    InvalidSetting {
        /// The key.
        key: String,
        /// The value as given.
        value: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// A field has a value that no network can have.
    #[error("field `{field}` is {got}; expected {expected}")]
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        got: String,
        /// What it should be.
        expected: String,
    },
    /// The group size does not divide the channels of a block.
    #[error("{block}: group size {group_size} does not divide {channels} channels; the powers of two {divisors} do",
        divisors = divisors(*channels))]
    GroupSize {
        /// The block.
        block: String,
        /// Channels of its grouped convolution.
        channels: u64,
        /// The group size.
        group_size: u64,
    },
    /// The channels of a block make a number of groups that does not divide them.
    #[error(
        "{block}: {channels} channels and group size {group_size} make {groups} groups, which do not divide {channels}"
    )]
    UnevenGroups {
        /// The block.
        block: String,
        /// Channels of its grouped convolution.
        channels: u64,
        /// The group size.
        group_size: u64,
        /// Groups: channels / group size, rounded down, at least 1.
        groups: u64,
    },
    /// The batch is empty.
    #[error("the batch is 0; expected at least 1")]
    EmptyBatch,
    /// The operators do not fit together.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// The powers of two that divide a number of channels, as a list.
fn divisors(channels: u64) -> String {
    let powers: Vec<String> = (0..=channels.trailing_zeros().min(10))
        .map(|power| (1_u64 << power).to_string())
        .collect();
    powers.join(", ")
}
