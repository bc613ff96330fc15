//! Where the elements of a tensor are: exact sets of indices, as few boxes as possible.
//!
//! Everything that is cut over tiles is cut along [`Axis`]es of a [`Grid`] over an iteration space; an [`Operand`] says which
//! elements of a tensor an index of that space touches; a [`Placement`] joins the two into what each tile holds or needs.
//!
//! A [`Region`] is that for one tile. Figures of all tiles come without their regions: dimensions that no axis cuts together are
//! independent, so that a tile's figures are products of entries of small tables, one for each group of dimensions.
//!
//! A [`Transfer`] moves a tensor from one placement to another, a [`PartialResultsTransfer`] and a [`PartialSumsExchange`] move partial sums to
//! the tiles that add them up.
//!
//! Invariant: sets of indices and bytes. It knows no machine, no kernels, no graphs and no costs.

mod axis;
mod boxes;
mod cells;
mod contributors;
mod coverage;
mod extent;
mod extents;
mod factors;
mod grid;
mod holdings;
mod operand;
mod partial_results;
mod partial_sums;
mod partition;
mod pieces;
mod placement;
mod products;
mod progression;
mod reach;
mod region;
mod regions;
mod sharing;
mod spreading;
mod text;
mod transfer;
mod view;

pub use axis::{Axis, Part, PartClass};
pub use contributors::Contributors;
pub use extent::Extent;
pub use grid::{Grid, GridClass};
pub use operand::{Cover, Operand, Window};
pub use partial_results::PartialResultsTransfer;
pub use partial_sums::{PartialSumsExchange, ReductionParty, ReductionShare, ReductionStage};
pub use placement::{Placement, Spare};
pub use progression::{Progression, Progressions};
pub use region::{Cuboid, Interval, Region};
pub use sharing::Sharing;
pub use transfer::{TileTransfer, Transfer};

pub(crate) use boxes::{Boxes, Overlaps};
pub(crate) use factors::{Component, Digit, Factors, joint_blocks, numbers};
pub(crate) use holdings::{Demand, Holdings, HoldingsOverlaps};
pub(crate) use pieces::{Innermost, MemoryOrder, Pieces};
pub(crate) use products::Products;
pub(crate) use reach::Reach;
pub(crate) use view::{Fusion, View, views};

/// The code of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
