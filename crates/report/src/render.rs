//! Tables for people, in colours and as wide as the caller decides.

mod comparison;
mod host;
mod prose;
mod run;
mod style;
mod table;
mod training;
pub mod units;
mod validation;

pub use comparison::comparison;
pub use host::host_sentence;
pub use prose::{key_values, wrapped};
pub use run::{run, section};
pub use style::{Palette, Role};
pub use table::{Align, Cell, Column, Table};
pub use training::training;
pub use validation::{TableErrors, validation};

/// Columns of a line where nobody says how many there are.
pub const WIDTH: usize = 100;
