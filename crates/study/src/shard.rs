//! Shards: one study as several independent jobs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The part of a study that one job runs: `2/4` is the second of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which, from 1.
    pub index: u64,
    /// How many there are.
    pub count: u64,
}

impl Shard {
    /// The whole study.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether a chunk of points belongs to it. Chunks are dealt out in turn, so that shards take about equally long.
    pub const fn holds(self, chunk: u64) -> bool {
        chunk % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.trim().parse().ok()?, count.trim().parse().ok()?)));
        match parts {
            Some((index, count)) if index >= 1 && index <= count => Ok(Self { index, count }),
            _ => Err(format!(
                "`{text}` is no shard; expected I/N with I from 1 to N, such as 2/4"
            )),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_has_one_shard() {
        for chunk in 0..20 {
            let holders = (1..=4)
                .filter(|&index| Shard { index, count: 4 }.holds(chunk))
                .count();
            assert_eq!(holders, 1, "{chunk}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, count: 4 }));
        for text in ["0/4", "5/4", "1", "a/b", "1/0", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
