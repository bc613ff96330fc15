//! The arguments of `tilesim schema`.

use clap::Args;

use super::choice::SchemaSubject;

/// `tilesim schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which file format
    #[arg(value_enum)]
    pub(crate) subject: SchemaSubject,
}
