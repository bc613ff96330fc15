//! Tables for people, at most [`WIDTH`] columns wide, in colours that the caller decides.

mod comparison;
mod prose;
mod run;
mod style;
mod table;
mod training;
mod training_validation;
pub mod units;
mod validation;

pub use comparison::comparison;
pub use prose::{key_values, wrapped};
pub use run::run;
pub use style::{Palette, Role};
pub use table::{Align, Cell, Column, Table};
pub use training::training;
pub use training_validation::training_validation;
pub use validation::{TableErrors, validation};

/// Columns that no line exceeds, as long as names allow it.
pub const WIDTH: usize = 100;
