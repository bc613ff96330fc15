//! How the host takes part in runs.

use clap::Args;
use tilesim_terms::HostTransfers;

use super::choice::HostIoArgument;

/// How the host takes part in runs.
#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// Include the transfers of images and results from and to the host: serial, where nothing else is said, or overlapped with
    /// what the chip computes, on tiles reserved for them
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, default_value_t = HostIoArgument::None,
        default_missing_value = "serial")]
    pub(crate) host_io: HostIoArgument,
    /// Tiles reserved for overlapped transfers; 32 where left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) io_tiles: Option<u32>,
    /// Batches that these tiles hold at a time; 1 where left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) prefetch_depth: Option<u32>,
    /// Batches that one call of the host runs, of which the first transfer in and the last one out overlap with nothing; where left
    /// out, endlessly many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batches_per_step: Option<u32>,
}

impl HostArgs {
    /// Transfers as the library takes them.
    pub(super) fn transfers(&self) -> HostTransfers {
        HostTransfers {
            io: self.host_io.into(),
            io_tiles: self.io_tiles,
            prefetch_depth: self.prefetch_depth,
            batches_per_step: self.batches_per_step,
        }
    }
}
