//! Exchanges: elements move from the tiles that hold them to those that need them.

mod partial_sums;
mod partials;
mod transfer;

pub(crate) use partial_sums::partial_sums;
pub(crate) use partials::partials;
pub(crate) use transfer::transfer;
