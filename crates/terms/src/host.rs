//! How the host takes part in a run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether transfers from and to the host are part of a run, and when they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HostIo {
    /// They are left out: inputs are on the chip before the run, results stay there.
    #[default]
    None,
    /// The chip waits for them: inputs before the first operator, results after the last.
    Serial,
    /// Tiles that are reserved for the host (I/O tiles) receive the next batch, and send the results of the one before, while the
    /// other tiles compute.
    Overlapped,
}

impl HostIo {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Serial, Self::Overlapped];

    /// The name in files, on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Serial => "serial",
            Self::Overlapped => "overlapped",
        }
    }

    /// The one of this name; nothing where there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|io| io.name() == name)
    }
}

impl fmt::Display for HostIo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Tiles that are reserved for the host where nothing is said: the fewest of the vendor's published configurations with
/// overlapped transfers (32 or 64).
pub const DEFAULT_IO_TILES: u32 = 32;

/// Batches that I/O tiles hold where nothing is said: one buffer is the default of the vendor's frameworks (`PopTorch` user guide,
/// "Efficient IPU I/O").
pub const DEFAULT_PREFETCH_DEPTH: u32 = 1;

/// Batches that I/O tiles can be asked to hold: each is a buffer of its own, and more than a few never fit.
pub const MAX_PREFETCH_DEPTH: u32 = 1024;

/// How the host takes part in a run, with what overlapped transfers take of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct HostTransfers {
    /// When they happen.
    pub io: HostIo,
    /// Tiles reserved for the host, where that is stated.
    pub io_tiles: Option<u32>,
    /// Batches that these hold at a time, where that is stated.
    pub prefetch_depth: Option<u32>,
    /// Batches that one call of the host runs, where that is stated: nothing hides the first transfer in and the last one out. Where it
    /// is not, a run is one of endlessly many.
    pub batches_per_step: Option<u32>,
}

impl HostTransfers {
    /// Tiles that take no part in anything else: none but where transfers overlap.
    pub fn reserved_tiles(self) -> u32 {
        match self.io {
            HostIo::Overlapped => self.io_tiles.unwrap_or(DEFAULT_IO_TILES),
            HostIo::None | HostIo::Serial => 0,
        }
    }

    /// Batches that the reserved tiles hold at a time.
    pub fn buffers(self) -> u32 {
        self.prefetch_depth.unwrap_or(DEFAULT_PREFETCH_DEPTH)
    }

    /// Why these values do not go together, on a chip of so many tiles; nothing where they do.
    pub fn fault(self, tiles: u32) -> Option<HostFault> {
        if self.io != HostIo::Overlapped {
            let stated = [self.io_tiles, self.prefetch_depth, self.batches_per_step];
            let stated = stated.iter().any(Option::is_some);
            return stated.then_some(HostFault::NotOverlapped);
        }
        let io_tiles = self.reserved_tiles();
        if io_tiles == 0 || io_tiles >= tiles {
            return Some(HostFault::Tiles { io_tiles, tiles });
        }
        if self.buffers() > MAX_PREFETCH_DEPTH {
            return Some(HostFault::Depth(self.buffers()));
        }
        let none = self.buffers() == 0 || self.batches_per_step == Some(0);
        none.then_some(HostFault::NoBatch)
    }
}

impl From<HostIo> for HostTransfers {
    fn from(io: HostIo) -> Self {
        Self {
            io,
            ..Self::default()
        }
    }
}

/// Transfers with the host that no chip can do as they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostFault {
    /// I/O tiles or a prefetch depth, and transfers that do not overlap.
    NotOverlapped,
    /// No tile is left to compute, or none for the host.
    Tiles {
        /// Tiles reserved for the host.
        io_tiles: u32,
        /// Tiles of the chip.
        tiles: u32,
    },
    /// I/O tiles that hold no batch, or a call that runs none.
    NoBatch,
    /// More buffers than [`MAX_PREFETCH_DEPTH`].
    Depth(u32),
}

impl HostFault {
    /// What would do instead.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NotOverlapped => "`host_io` overlapped beside them",
            Self::Tiles { .. } => "at least one I/O tile, and fewer than the chip has tiles",
            Self::NoBatch => "a prefetch depth, and batches of a step, of 1 or more",
            Self::Depth(_) => "a prefetch depth of at most 1024",
        }
    }
}

impl fmt::Display for HostFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOverlapped => formatter.write_str(
                "I/O tiles, prefetch depth and batches of a step are of overlapped transfers alone",
            ),
            Self::Tiles { io_tiles, tiles } => write!(formatter, "{io_tiles} I/O tiles of {tiles} tiles"),
            Self::NoBatch => formatter.write_str("I/O tiles that hold no batch, or a step of none"),
            Self::Depth(buffers) => write!(formatter, "a prefetch depth of {buffers}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_overlapped_transfers_reserve_tiles() {
        let asked = HostTransfers {
            io_tiles: Some(64),
            ..HostIo::Overlapped.into()
        };
        assert_eq!(asked.reserved_tiles(), 64);
        assert_eq!(asked.fault(1472), None);
        let all = HostFault::Tiles {
            io_tiles: 64,
            tiles: 64,
        };
        assert_eq!(asked.fault(64), Some(all));
        let serial = HostTransfers {
            io: HostIo::Serial,
            ..asked
        };
        assert_eq!(serial.reserved_tiles(), 0);
        assert_eq!(serial.fault(1472), Some(HostFault::NotOverlapped));
        let deep = |depth| HostTransfers {
            prefetch_depth: Some(depth),
            ..asked
        };
        assert_eq!(deep(MAX_PREFETCH_DEPTH).fault(1472), None);
        assert_eq!(deep(u32::MAX).fault(1472), Some(HostFault::Depth(u32::MAX)));
    }
}
