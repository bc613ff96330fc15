//! Where the elements of a tensor are: exact sets of indices, as few boxes as possible.
//!
//! Everything that is cut over tiles is cut along [`Axis`]es of a [`Grid`] over an iteration space; an [`Operand`] says which
//! elements of a tensor an index of that space touches; a [`Placement`] joins the two into what each tile holds or needs.
//!
//! A [`Region`] is that for one tile. Figures of all tiles come without their regions: dimensions that no axis cuts together are
//! independent, so that a tile's figures are products of entries of small tables, one for each group of dimensions.

mod axis;
mod box_hasher;
mod boxes;
mod cells;
mod coverage;
mod factors;
mod grid;
mod held;
mod operand;
mod partition;
mod pieces;
mod placement;
mod products;
mod reach;
mod region;
mod sharing;
mod view;

pub use axis::{Axis, Part, PartClass};
pub use grid::{Grid, GridClass};
pub use operand::{Cover, Operand, Window};
pub use placement::{Extent, Placement, Spare};
pub use region::{Cuboid, Interval, Region};
pub use sharing::Sharing;

pub(crate) use boxes::{Boxes, Overlaps};
pub(crate) use factors::{Component, Digit, Factors, joint_blocks, numbers};
pub(crate) use held::{Held, HeldOverlaps, Wanted};
pub(crate) use pieces::{Innermost, MemoryOrder, Pieces};
pub(crate) use products::Products;
pub(crate) use reach::Reach;
pub(crate) use view::{Fusion, View, views};
