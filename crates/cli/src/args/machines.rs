//! The arguments of `tilesim machines`.

use clap::Args;

/// `tilesim machines`.
#[derive(Debug, Args)]
pub(crate) struct MachinesArgs {
    /// Machine or system to explain, by its name or JSON file; without it, the bundled ones are listed
    #[arg(value_name = "NAME|FILE")]
    pub(crate) name: Option<String>,
}
