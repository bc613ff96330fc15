//! Which part of a study is run.

use std::{env, str::FromStr};

use tilesim_study::{Shard, ShardError};

/// A shard as given, or as the scheduler says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShardArgument {
    /// This one.
    Given(Shard),
    /// What the environment says.
    Auto,
}

impl ShardArgument {
    /// The shard.
    pub(crate) fn shard(self) -> Result<Shard, ShardError> {
        match self {
            Self::Given(shard) => Ok(shard),
            Self::Auto => Shard::of_job(|name| env::var(name).ok()),
        }
    }
}

impl FromStr for ShardArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        text.parse()
            .map(Self::Given)
            .map_err(|error: String| format!("{error}, or `auto`"))
    }
}
